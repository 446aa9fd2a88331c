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
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The same, or `otherwise` where there are none: for words that come from a server or a device. */
export function told(key, otherwise) {
  return key in dictionary ? dictionary[key] : otherwise;
}
