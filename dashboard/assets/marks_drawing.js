// Draws the marks: one point each, which shows its cell of a texture with all looks of a mark.

import { FRESHNESS, KINDS, POST } from "./fleet.js";
import { program } from "./gl.js";
import { REACH, parts, rgb, token } from "./shapes.js";

export const SELECTED = 1 << 8;
export const HOVERED = 1 << 9;
export const DIMMED = 1 << 10;
// Below them: three bits of the kind, two of the freshness.
const FRESHNESS_AT = 3;
const GROUNDED = 1 << 5;
const STILL = 1 << 6;

const FIXED_SIZE = 0.72; // of a post or a camera that nobody looks at; there are many

const FLOATS = 8;
const CELL = 112; // texture pixels
const UNIT = 4; // texture pixels for each unit of the shapes, so they stay sharp
const SHARPER = 0.6; // levels of the texture
const COLUMNS = 4; // fresh, late, lost, fresh on the ground
const FRAME = 21; // units from the middle of the selected mark to the edge of its frame

const VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec4 a_place;
layout(location=1) in vec2 a_look;
layout(location=2) in vec2 a_back;
uniform mat4 u_matrix;
uniform vec4 u_centre;
uniform float u_pixels, u_left;
flat out vec2 v_cell;
flat out vec2 v_turn;
flat out float v_light;
flat out int v_code;
void main() {
  vec2 p = (a_place.xy - u_centre.xy) + (a_place.zw - u_centre.zw) + a_back * u_left;
  gl_Position = u_matrix * vec4(p, 0.0, 1.0);
  v_code = int(a_look.y + 0.5);
  int kind = v_code & 7, column = (v_code & ${GROUNDED}) != 0 ? 3 : (v_code >> ${FRESHNESS_AT}) & 3;
  int row = kind * 2 + ((v_code & ${STILL}) != 0 ? 1 : 0);
  v_cell = vec2(column, row) + 0.5;
  v_turn = vec2(cos(a_look.x), sin(a_look.x)) * ${((2 * REACH * UNIT) / CELL).toFixed(6)};
  v_light = (v_code & ${DIMMED}) != 0 ? 0.22 : 1.0;
  bool quiet = kind >= ${POST} && (v_code & ${SELECTED | HOVERED}) == 0;
  gl_PointSize = u_pixels * (quiet ? ${FIXED_SIZE} : 1.0);
}`;

// Runs for each pixel of each mark, so all that can be is reckoned above.
const FRAGMENT = `#version 300 es
precision mediump float;
flat in highp vec2 v_cell;
flat in highp vec2 v_turn;
flat in float v_light;
uniform sampler2D u_looks;
uniform float u_level;
out vec4 o_colour;
void main() {
  highp vec2 p = gl_PointCoord - 0.5;
  if (dot(p, p) > 0.25) discard;
  highp vec2 q = vec2(v_turn.x * p.x + v_turn.y * p.y, v_turn.x * p.y - v_turn.y * p.x);
  highp vec2 at = (v_cell + q) / vec2(${COLUMNS}.0, ${KINDS.length * 2}.0);
  o_colour = textureLod(u_looks, at, u_level) * v_light;
}`;

const FRAME_FRAGMENT = `#version 300 es
precision highp float;
flat in int v_code;
uniform float u_pixel;
uniform vec3 u_frame, u_edge;
out vec4 o_colour;
float cover(float d) { return clamp(0.5 - d / u_pixel, 0.0, 1.0); }
void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * ${FRAME.toFixed(1)};
  float shape, width;
  if ((v_code & ${SELECTED}) != 0) {
    vec2 q = abs(p) - 15.0;
    float box = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - 2.0;
    shape = max(abs(box) - 0.95, 9.5 - min(abs(p.x), abs(p.y)));
  } else {
    shape = abs(length(p) - 15.0) - 0.6;
  }
  float line = cover(shape), edge = 0.7 * cover(shape - 1.2);
  o_colour = vec4(u_frame * line + u_edge * edge * (1.0 - line), line + edge * (1.0 - line));
}`;

export class MarksDrawing {
  constructor(gl, fleet) {
    this.gl = gl;
    this.fleet = fleet;
    this.marks = program(gl, VERTEX, FRAGMENT, [
      "u_matrix",
      "u_centre",
      "u_pixels",
      "u_left",
      "u_looks",
      "u_level",
    ]);
    this.frames = program(gl, VERTEX, FRAME_FRAGMENT, [
      "u_matrix",
      "u_centre",
      "u_pixels",
      "u_left",
      "u_pixel",
      "u_frame",
      "u_edge",
    ]);
    this.buffer = gl.createBuffer();
    this.array = gl.createVertexArray();
    this.data = new Float32Array(0);
    this.drawn = 0;
    this.framed = 0;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    [
      [4, 0],
      [2, 16],
      [2, 24],
    ].forEach(([size, from], location) => {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, gl.FLOAT, false, FLOATS * 4, from);
    });
    gl.bindVertexArray(null);
    this.looks = null;
    this.recolour();
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.gl.deleteTexture(this.looks);
    this.looks = looksTexture(this.gl);
    this.frame = rgb("--frame");
    this.edge = rgb("--ink");
  }

  /** Lay out all marks but `hidden` anew; `look(slot)` gives SELECTED, HOVERED and DIMMED. */
  build(look, hidden) {
    const { fleet, gl } = this;
    if (this.data.length < fleet.count * FLOATS) {
      this.data = new Float32Array(fleet.capacity * FLOATS);
    }
    const top = [];
    let n = 0;
    // What stands fast lies below what moves.
    for (const below of [true, false]) {
      for (let slot = 0; slot < fleet.count; slot += 1) {
        if (!fleet.hasPlace(slot) || hidden[slot] || fleet.kind[slot] >= POST !== below) continue;
        const flags = look(slot);
        if (flags & (SELECTED | HOVERED)) top.push([slot, flags]);
        else this.put(n++, slot, flags);
      }
    }
    this.framed = top.length;
    for (const [slot, flags] of top) this.put(n++, slot, flags);
    this.drawn = n;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.data.subarray(0, n * FLOATS), gl.DYNAMIC_DRAW);
  }

  put(n, slot, flags) {
    const { fleet, data } = this;
    const at = n * FLOATS;
    const heading = fleet.heading[slot];
    const still = Number.isNaN(heading);
    const fresh = fleet.freshness[slot] === 0;
    data[at] = fleet.x[slot];
    data[at + 1] = fleet.y[slot];
    data[at + 2] = fleet.x[slot] - data[at];
    data[at + 3] = fleet.y[slot] - data[at + 1];
    data[at + 4] = still ? 0 : (heading * Math.PI) / 180;
    data[at + 5] =
      fleet.kind[slot] |
      (fleet.freshness[slot] << FRESHNESS_AT) |
      (fresh && fleet.grounded(slot) ? GROUNDED : 0) |
      (still ? STILL : 0) |
      (flags & SELECTED ? flags & ~DIMMED : flags);
    data[at + 6] = fleet.backX[slot] || 0; // NaN before it was anywhere
    data[at + 7] = fleet.backY[slot] || 0;
  }

  /** `size` is CSS pixels for each unit of the shapes; `left` the part of their way still to go. */
  draw(camera, pixelRatio, size, left) {
    if (!this.drawn) return;
    const { gl } = this;
    const unit = pixelRatio * size;
    gl.bindVertexArray(this.array);
    this.use(this.marks, camera, 2 * REACH * unit, left);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.looks);
    gl.uniform1i(this.marks.at.u_looks, 0);
    gl.uniform1f(this.marks.at.u_level, Math.log2(UNIT / unit) - SHARPER);
    gl.drawArrays(gl.POINTS, 0, this.drawn);
    gl.bindTexture(gl.TEXTURE_2D, null);
    if (this.framed) {
      this.use(this.frames, camera, 2 * FRAME * unit, left);
      gl.uniform1f(this.frames.at.u_pixel, 1 / unit);
      gl.uniform3fv(this.frames.at.u_frame, this.frame);
      gl.uniform3fv(this.frames.at.u_edge, this.edge);
      gl.drawArrays(gl.POINTS, this.drawn - this.framed, this.framed);
    }
    gl.bindVertexArray(null);
  }

  use({ program: linked, at }, camera, pixels, left) {
    const { gl } = this;
    gl.useProgram(linked);
    gl.uniformMatrix4fv(at.u_matrix, false, camera.single);
    gl.uniform4f(at.u_centre, camera.highX, camera.highY, camera.lowX, camera.lowY);
    gl.uniform1f(at.u_pixels, pixels);
    gl.uniform1f(at.u_left, left);
  }
}

/** All looks of a mark in one texture: a row for each kind, turned and still; COLUMNS in each. */
function looksTexture(gl) {
  const canvas = document.createElement("canvas");
  canvas.width = CELL * COLUMNS;
  canvas.height = CELL * KINDS.length * 2;
  const context = canvas.getContext("2d");
  context.lineJoin = "round";
  context.lineCap = "round";
  KINDS.forEach((_, kind) => {
    for (const turned of [true, false]) {
      for (let column = 0; column < COLUMNS; column += 1) {
        const grounded = column === FRESHNESS.length;
        const row = kind * 2 + (turned ? 0 : 1);
        context.setTransform(UNIT, 0, 0, UNIT, (column + 0.5) * CELL, (row + 0.5) * CELL);
        for (const part of parts(kind, grounded ? 0 : column, grounded, turned))
          paint(context, part);
      }
    }
  });
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.bindTexture(gl.TEXTURE_2D, null);
  return texture;
}

function paint(context, { path, fill, stroke, width }) {
  const shape = new Path2D(path);
  if (fill) {
    context.fillStyle = token(fill);
    context.fill(shape);
  }
  if (stroke) {
    context.strokeStyle = token(stroke);
    context.lineWidth = width;
    context.stroke(shape);
  }
}
