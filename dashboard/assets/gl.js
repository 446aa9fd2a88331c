// A few lines of WebGL 2 that both drawings share.

/** A linked program with the locations of `uniforms`. Throws with the driver's log. */
export function program(gl, vertex, fragment, uniforms) {
  const linked = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new Error(gl.getShaderInfoLog(shader));
    }
    gl.attachShader(linked, shader);
  }
  gl.linkProgram(linked);
  if (!gl.getProgramParameter(linked, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(linked));
  }
  const at = {};
  for (const name of uniforms) at[name] = gl.getUniformLocation(linked, name);
  return { program: linked, at };
}

/** A number as two single floats whose sum it is: [high, low]. */
export function split(value) {
  const high = Math.fround(value);
  return [high, value - high];
}

/** Projects places given as Mercator x and y (0 to 1) to the map's pixels and back to clip space. */
export class Camera {
  /** `matrix` takes Mercator coordinates to clip space; width and height are CSS pixels. */
  constructor(matrix, [x, y], width, height) {
    this.x = x;
    this.y = y;
    this.width = width;
    this.height = height;
    // The matrix for coordinates relative to the middle of the map, worked out in doubles: single
    // floats alone would let marks tremble by pixels at close zoom.
    const relative = Array.from(matrix);
    for (let row = 0; row < 4; row += 1) {
      relative[12 + row] += matrix[row] * x + matrix[4 + row] * y;
    }
    this.relative = relative;
    this.single = new Float32Array(relative);
    [this.highX, this.lowX] = split(x);
    [this.highY, this.lowY] = split(y);
  }

  /** CSS pixels from the map's upper left corner; writes into `out`. */
  project(x, y, out) {
    const m = this.relative;
    const dx = x - this.x;
    const dy = y - this.y;
    const w = m[3] * dx + m[7] * dy + m[15];
    out[0] = ((m[0] * dx + m[4] * dy + m[12]) / w + 1) * 0.5 * this.width;
    out[1] = (1 - (m[1] * dx + m[5] * dy + m[13]) / w) * 0.5 * this.height;
    return out;
  }
}
