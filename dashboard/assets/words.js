// The page's words in the chosen language. Changing the language loads the page anew, so a word
// never changes while the page is open.

export const LANGUAGES = { en: "English", ur: "اردو" };

export const language = document.documentElement.lang in LANGUAGES ? document.documentElement.lang : "en";

/** For Intl: the language's names of days and months with Latin digits. */
export const LOCALE = { en: "en-GB", ur: "ur-PK-u-nu-latn" }[language];

export const rightToLeft = document.documentElement.dir === "rtl";

const { default: dictionary } = await import(`./words/${language}.js`);

/** The words called `key`, each {name} in them replaced by its value. */
export function t(key, values = {}) {
  const words = dictionary[key];
  if (words === undefined) {
    console.error(`no words are called ${key} in ${language}`);
    return key;
  }
  const said = words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  return said === words ? words : together(said);
}

// A bracket belongs to what is around it, and a mere number has no direction of its own.
const LEFT_TO_RIGHT = /[−±+]?[A-Za-z0-9](?:[A-Za-z0-9 \u00a0\u2009\u202f.,+/_°²σ−-]|:(?! ))*[A-Za-z0-9°²σ](?: ?%)?|[−±+]?[0-9]+ ?%/g;
const PLAIN = /^[0-9.]+$/;

/** Words for where everything runs from left to right, as in a chart. */
export function inline(text) {
  return rightToLeft ? `\u2067${text}\u2069` : text;
}

/** Words whose names, figures with units and coordinates are kept together where Urdu is around them. */
export function together(text) {
  if (!rightToLeft || !/[\u0600-\u06ff]/.test(text)) return text;
  return text.replace(LEFT_TO_RIGHT, (run) => (PLAIN.test(run) ? run : `\u2066${run}\u2069`));
}

/** The same, or `otherwise` where there are none: for words that come from a server or a device. */
export function told(key, otherwise) {
  return key in dictionary ? dictionary[key] : otherwise;
}
