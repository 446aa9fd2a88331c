// The tour, and what is said when the pointer rests on a sign or a figure.

export default {
  "tour.offer": "New here? A tour of the page takes a minute.",
  "tour.start": "Show me around",
  "tour.next": "Next",
  "tour.back": "Back",
  "tour.skip": "End the tour",
  "tour.done": "Done",
  "tour.count": "{at} of {all}",

  "tour.figures.title": "The fleet in figures",
  "tour.figures.words":
    "Drones in the air, cars that report, what is late, lost or low on battery. Choose a figure to see only those; choose it again to see all.",
  "tour.queue.title": "What needs somebody",
  "tour.queue.words":
    "The most urgent alert is first. Choose one to read what to do; press A to take it on. Each sign of urgency has a shape, a colour and a tone of its own.",
  "tour.list.title": "Find one",
  "tour.list.words": "Press / and write a part of a name. The row tells how old its last word is.",
  "tour.map.title": "Where everything is",
  "tour.map.words":
    "Choose a mark to see all about it. Blue is a drone, green a car. Hollow and amber is late; crossed out is lost, at the place where it was heard last.",
  "tour.layers.title": "What the map shows",
  "tour.layers.words": "Geofences, foreign drones and their trails are shown or hidden here.",
  "tour.tools.title": "Tools of the map",
  "tour.tools.words": "Follow one, draw rings around a place, measure, or read coordinates.",
  "tour.system.title": "Can you trust the picture?",
  "tour.system.words":
    "Here stands what the page lives on. If any of it is away it turns red within seconds, and heals by itself.",
  "tour.operator.title": "Who you are",
  "tour.operator.words": "Enter your name once. It is written beside what you acknowledge, plan or change.",
  "tour.pages.title": "The other pages",
  "tour.pages.words":
    "Under Plan you draw an area, have a search planned and schedule it. Under History you play back what was. ? shows all keys; Help has this tour.",

  "tip.fresh": "Heard within the time that is usual for it",
  "tip.late": "Not heard for longer than is usual: a drone for 3 s, a car for 15 s",
  "tip.lost": "Not heard for long: a drone for 5 s, a car for a minute. Its mark stands where it was last",
  "tip.armed": "Armed: the propellers turn, or may begin to at any moment",
  "tip.gps": "How the position is found. 3D is usual; RTK is exact to centimetres. Below 3D, do not trust it",
  "tip.ekf": "The autopilot's own judgement of where it is. Anything but Good needs a pilot's eye",
  "tip.mode": "Who steers: AUTO flies a plan, GUIDED an order, RTL comes home, LOITER stands still",
  "tip.height": "Above the place of take-off",
  "tip.altitude": "Above the sea, whatever the ground does",
  "tip.climb": "Up is positive",
  "tip.home": "How far, and in which direction, the place of take-off is",
  "tip.accuracy": "It is within this distance, as its device says",
  "tip.position-age": "How long ago it was where the map shows it",
  "tip.status-age": "How old battery, mode and the like are",
  "tip.link-age": "How long ago anything at all was heard of it",
};
