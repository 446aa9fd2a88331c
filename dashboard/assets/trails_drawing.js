// Draws the trails. The points lie in a texture, and the vertices fetch from it by their number,
// so nothing but what changed goes to the card. Each segment is a thin quad; of many assets it is
// a line, which costs a third.

import { KINDS } from "./fleet.js";
import { program } from "./gl.js";
import { rgb } from "./shapes.js";
import { FLOATS } from "./ways.js";

const GAP = 45; // seconds between two points beyond which nothing is drawn between them
const MANY = 25000; // segments from which on they are lines

const VERTEX = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D u_points;
uniform mat4 u_matrix;
uniform vec4 u_centre;
uniform vec2 u_viewport;
uniform float u_width, u_now, u_window, u_gap, u_strength;
uniform vec3 u_colours[${KINDS.length}];
uniform int u_ring, u_first, u_corners, u_width_of_points;
out vec4 v_colour;
out float v_across;

vec4 texel(int i) {
  return texelFetch(u_points, ivec2(i % u_width_of_points, i / u_width_of_points), 0);
}

vec4 at(vec4 anchor, vec2 from_anchor) {
  vec2 p = (anchor.xy - u_centre.xy) + (anchor.zw - u_centre.zw) + from_anchor;
  return u_matrix * vec4(p, 0.0, 1.0);
}

void main() {
  int segment = u_first + gl_VertexID / u_corners;
  int corner = gl_VertexID % u_corners;
  int row = (segment / u_ring) * (u_ring + 1);
  int i = segment % u_ring;
  vec4 from = texel(row + 1 + i), to = texel(row + 1 + (i + 1) % u_ring);
  bool broken = from.z <= 0.0 || to.z <= from.z;
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  v_colour = vec4(0.0);
  v_across = 0.0;
  if (broken || to.z - from.z > u_gap || u_now - from.z > u_window) return;

  vec4 anchor = texel(row);
  bool second = u_corners == 2 ? corner == 1 : corner == 1 || corner == 2 || corner == 4;
  vec4 a = at(anchor, from.xy), b = at(anchor, to.xy);
  vec4 end = second ? b : a;
  if (u_corners == 6) {
    vec2 way = (b.xy / b.w - a.xy / a.w) * u_viewport;
    float size = length(way);
    vec2 across = size > 1e-4 ? vec2(-way.y, way.x) / size : vec2(0.0);
    v_across = corner == 2 || corner == 4 || corner == 5 ? 1.0 : -1.0;
    end.xy += across * v_across * u_width / u_viewport * end.w;
  }
  gl_Position = end;
  float fade = clamp(1.0 - (u_now - (second ? to.z : from.z)) / u_window, 0.0, 1.0);
  int kind = int(from.w + 0.5);
  vec3 colour = u_colours[kind];
  float alpha = u_strength * fade * fade;
  v_colour = vec4(colour * alpha, alpha);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 v_colour;
in float v_across;
out vec4 o_colour;
void main() {
  o_colour = v_colour * smoothstep(1.0, 0.35, abs(v_across));
}`;

const UNIFORMS = [
  "u_points",
  "u_matrix",
  "u_centre",
  "u_viewport",
  "u_width",
  "u_now",
  "u_window",
  "u_gap",
  "u_strength",
  "u_ring",
  "u_first",
  "u_corners",
  "u_width_of_points",
  "u_colours",
];

export class TrailsDrawing {
  constructor(gl, ways) {
    this.gl = gl;
    this.ways = ways;
    this.linked = program(gl, VERTEX, FRAGMENT, UNIFORMS);
    this.texture = gl.createTexture();
    this.array = gl.createVertexArray();
    this.sent = -1;
    this.rows = 0;
    this.limit = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    }
    gl.bindTexture(gl.TEXTURE_2D, null);
    this.recolour();
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.colours = new Float32Array(KINDS.flatMap((kind) => rgb(`--${kind}`)));
  }

  /** `selected` is a slot whose trail stands out, or -1. */
  draw(camera, pixelRatio, nowMs, selected) {
    const { gl, ways } = this;
    const known = Math.min(ways.capacity, ways.fleet.count);
    if (!known || !ways.shown) return;
    const { at } = this.linked;
    gl.useProgram(this.linked.program);
    gl.bindVertexArray(this.array);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    this.upload();
    gl.uniform1i(at.u_points, 0);
    gl.uniformMatrix4fv(at.u_matrix, false, camera.single);
    gl.uniform4f(at.u_centre, camera.highX, camera.highY, camera.lowX, camera.lowY);
    gl.uniform2f(at.u_viewport, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(at.u_now, (nowMs - ways.base) / 1000);
    gl.uniform1f(at.u_window, Math.min(ways.window, ways.shown));
    gl.uniform1f(at.u_gap, Math.max(GAP, (ways.step / 1000) * 3));
    gl.uniform3fv(at.u_colours, this.colours);
    gl.uniform1i(at.u_ring, ways.points);
    gl.uniform1i(at.u_width_of_points, this.width);
    const segments = known * ways.points;
    this.drawSegments(0, segments, segments > MANY ? 2 : 6, 2.4 * pixelRatio, 0.5);
    if (selected >= 0 && selected < known) {
      this.drawSegments(selected * ways.points, ways.points, 6, 4.2 * pixelRatio, 0.95);
    }
    gl.bindTexture(gl.TEXTURE_2D, null);
    gl.bindVertexArray(null);
  }

  drawSegments(first, count, corners, width, strength) {
    const { gl } = this;
    const { at } = this.linked;
    gl.uniform1i(at.u_first, first);
    gl.uniform1i(at.u_corners, corners);
    gl.uniform1f(at.u_width, width);
    gl.uniform1f(at.u_strength, strength);
    gl.drawArrays(corners === 2 ? gl.LINES : gl.TRIANGLES, 0, count * corners);
  }

  upload() {
    const { gl, ways } = this;
    if (this.sent === ways.version) return;
    this.sent = ways.version;
    const texels = ways.data.length / FLOATS;
    this.width = Math.min(this.limit, 2048);
    const rows = Math.ceil(texels / this.width);
    const whole = rows * this.width * FLOATS;
    if (this.padded?.length !== whole) this.padded = new Float32Array(whole);
    this.padded.set(ways.data);
    if (rows !== this.rows) {
      this.rows = rows;
      gl.texImage2D(
        gl.TEXTURE_2D,
        0,
        gl.RGBA32F,
        this.width,
        rows,
        0,
        gl.RGBA,
        gl.FLOAT,
        this.padded,
      );
    } else {
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, this.width, rows, gl.RGBA, gl.FLOAT, this.padded);
    }
  }
}
