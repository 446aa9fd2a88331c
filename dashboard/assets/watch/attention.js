// For who has the page in another tab, or hears nothing: the number of waiting alerts in the title and
// in the icon.

const SIDE = 32;

export class Attention {
  constructor() {
    this.count = 0;
    this.urgent = false;
    this.link = document.querySelector("link[rel~='icon']");
    if (!this.link) {
      this.link = document.createElement("link");
      this.link.rel = "icon";
      document.head.append(this.link);
    }
    this.plain = this.link.href;
    new MutationObserver(() => this.head()).observe(document.querySelector("title"), {
      childList: true,
    });
  }

  show(count, urgent) {
    if (count === this.count && urgent === this.urgent) return;
    this.count = count;
    this.urgent = urgent;
    this.head();
    this.link.href = count ? icon(count, urgent) : this.plain;
  }

  head() {
    const bare = document.title.replace(/^\(\d+\) /, "");
    const title = this.count ? `(${this.count}) ${bare}` : bare;
    if (document.title !== title) document.title = title;
  }
}

function icon(count, urgent) {
  const style = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  context.fillStyle = style.getPropertyValue(urgent ? "--alert-high" : "--alert-medium");
  context.beginPath();
  context.roundRect(0, 0, SIDE, SIDE, 8);
  context.fill();
  context.fillStyle = "#090c10";
  context.font = `700 ${count > 9 ? 19 : 24}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(count > 99 ? "99" : String(count), SIDE / 2, SIDE / 2 + 1);
  return canvas.toDataURL();
}
