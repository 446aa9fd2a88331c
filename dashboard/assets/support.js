// What a support engineer or a test may ask of the page in the browser's console.

import { FRESHNESS, KINDS } from "./fleet.js";

/**
 * Puts `window.nigehban` there; nothing in it changes anything.
 *   nigehban.link()        "connecting", "live" or "offline"
 *   nigehban.connections() how often the feed has come up
 *   nigehban.drawn()       marks in the last drawing
 *   nigehban.labels()      call signs in it
 *   nigehban.zoom()        the map's zoom; null without a map
 *   nigehban.still()       whether the map stands still
 *   nigehban.selected()    key of the selected asset, or null
 *   nigehban.marks()       key, name, kind, freshness, age (s), longitude, latitude, and x and y in
 *                          CSS pixels of the window; x and y are null before the first drawing
 *   nigehban.contacts()    id, class, threat level, and x and y as above
 *   nigehban.cameras()     key and name of the fixed cameras with a place, and x and y as above
 *   nigehban.fences()      names of the geofences that can be seen on the map
 *   nigehban.alertsOnMap() how many alerts have a mark on the map, alone or with others
 *   nigehban.rings()       { centre, radii } of the range rings, or null
 *   nigehban.following()   whether the map follows the selected asset
 *   nigehban.standing()    how many posts and cameras are drawn by another's mark
 *   nigehban.ways()        how many planned ways are drawn
 *   nigehban.footprints()  how many footprints of cameras are drawn: { moving, fixed, chosen }
 *   nigehban.missions()    how many ways of other ground stations are drawn
 *   nigehban.edges()       arrows at the map's edge to high alerts
 *   nigehban.sound()       whether tones are "blocked", "silent" or "on", and how many were played
 */
export function offerSupport({ container, feed, fleet, layer, view, selected, tools, watch }) {
  const describe = (slot) => {
    const { left, top } = container.getBoundingClientRect();
    const at = layer.place(slot);
    return {
      key: fleet.keys[slot],
      name: fleet.names[slot],
      kind: KINDS[fleet.kind[slot]],
      freshness: FRESHNESS[fleet.freshness[slot]],
      age: fleet.age(slot),
      longitude: fleet.longitude[slot],
      latitude: fleet.latitude[slot],
      x: at ? at[0] + left : null,
      y: at ? at[1] + top : null,
    };
  };
  window.nigehban = Object.freeze({
    link: () => feed.state,
    connections: () => feed.connections,
    drawn: () => layer.marks?.drawn ?? 0,
    labels: () => view.labels?.shown ?? 0,
    zoom: () => view.zoom,
    still: () => !view.map?.isMoving(),
    selected,
    contacts: () => watch.map.describeContacts(),
    cameras: () => watch.map.describeCameras(),
    fences: () => watch.map.fencesInView(),
    alertsOnMap: () => watch.map.marks.shown,
    rings: () => tools.rings.centre && { centre: tools.rings.centre, radii: tools.options.rings },
    following: () => tools.follow?.on ?? false,
    standing: () => layer.spread.hidden.reduce((sum, each) => sum + each, 0),
    ways: () => tools.routes?.ways.length ?? 0,
    footprints: () => ({ ...tools.footprints?.shown }),
    missions: () => tools.missions?.shown ?? 0,
    edges: () => tools.arrows?.shown ?? 0,
    sound: () => ({ state: watch.sound.state, played: watch.sound.played }),
    marks: () => Array.from({ length: fleet.count }, (_, slot) => describe(slot)),
  });
}
