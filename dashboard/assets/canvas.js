// Canvases that are as sharp as the screen.

/** Give a canvas this size in CSS pixels, `ratio` device pixels each, wipe it, and have it drawn on in CSS pixels. */
export function fitted(canvas, width, height, ratio) {
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}
