// Reads the binary messages of /live. The layout is described in dashboard/live.py.

export const VERSION = 1;
export const MARKS = 1;
export const TRAILS = 2;

const HEADER_BYTES = 16;
const MARK_BYTES = 32;
const POINT_BYTES = 16;
const WHOLE_PICTURE = 1;

const NO_I32 = -0x80000000;
const NO_U32 = 0xffffffff;
const NO_U16 = 0xffff;
const NO_I16 = -0x8000;
const NO_U8 = 0xff;

/** A frame, or an Error if it is of another version or torn. */
export function readFrame(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || view.getUint8(0) !== VERSION) {
    throw new Error(`${buffer.byteLength} bytes that are no frame of version ${VERSION}`);
  }
  const kind = view.getUint8(1);
  const count = view.getUint32(4, true);
  const size = kind === MARKS ? MARK_BYTES : POINT_BYTES;
  if (buffer.byteLength !== HEADER_BYTES + count * size) {
    throw new Error(`${buffer.byteLength} bytes do not hold ${count} records of kind ${kind}`);
  }
  return {
    kind,
    count,
    whole: (view.getUint16(2, true) & WHOLE_PICTURE) !== 0,
    time: view.getFloat64(8, true),
    view,
  };
}

/** Calls `take` with each mark; what is unknown is NaN. One object is used for all of them. */
export function eachMark(frame, take) {
  const { view, time } = frame;
  const mark = {};
  for (let i = 0, at = HEADER_BYTES; i < frame.count; i += 1, at += MARK_BYTES) {
    mark.slot = view.getUint32(at, true);
    mark.longitude = known(view.getInt32(at + 4, true), NO_I32, 1e7);
    mark.latitude = known(view.getInt32(at + 8, true), NO_I32, 1e7);
    mark.positionTime = time - known(view.getUint32(at + 12, true), NO_U32, 1);
    mark.statusTime = time - known(view.getUint32(at + 16, true), NO_U32, 1);
    mark.heading = known(view.getUint16(at + 20, true), NO_U16, 100);
    mark.speed = known(view.getUint16(at + 22, true), NO_U16, 100);
    mark.height = known(view.getInt16(at + 24, true), NO_I16, 10);
    mark.battery = known(view.getUint8(at + 26), NO_U8, 1);
    mark.mode = view.getUint8(at + 27);
    mark.armed = known(view.getUint8(at + 28), NO_U8, 1);
    mark.airborne = known(view.getUint8(at + 29), NO_U8, 1);
    take(mark);
  }
}

/** Calls `take(slot, longitude, latitude, time)` with each point of a trail, the oldest first. */
export function eachPoint(frame, take) {
  const { view, time } = frame;
  for (let i = 0, at = HEADER_BYTES; i < frame.count; i += 1, at += POINT_BYTES) {
    take(
      view.getUint32(at, true),
      view.getInt32(at + 4, true) / 1e7,
      view.getInt32(at + 8, true) / 1e7,
      time - view.getUint32(at + 12, true),
    );
  }
}

function known(value, unknown, scale) {
  return value === unknown ? NaN : value / scale;
}
