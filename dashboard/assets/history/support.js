// What a support engineer or a test may ask of the past in the browser's console.

/** What a Playback shows now: see docs. */
export function told({ map, player, recording }) {
  const { fleet, late, layer, view } = map;
  const { left, top } = map.container.getBoundingClientRect();
  return {
    time: player.time,
    drawn: layer.marks?.drawn ?? 0,
    late: late.drawn,
    zoom: view.zoom,
    fences: map.fences.all().map(({ name, version, in_force }) => ({ name, version, in_force })),
    contacts: map.contacts.all(),
    alerts: map.alerts.queue().map(({ key, state }) => ({ key, state })),
    points: [...(recording?.tracks.values() ?? [])].reduce((sum, { fix }) => sum + fix.length, 0),
    marks: fleet.keys.map((key, slot) => {
      const at = layer.place(slot);
      return {
        key,
        name: fleet.names[slot],
        freshness: fleet.freshness[slot],
        late: fleet.cameLate[slot] === 1,
        longitude: fleet.longitude[slot],
        latitude: fleet.latitude[slot],
        time: fleet.positionTime[slot],
        x: at ? at[0] + left : null,
        y: at ? at[1] + top : null,
      };
    }),
  };
}
