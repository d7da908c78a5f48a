// What both pages share: times in the reader's own language.
"use strict";

window.connectUp = (() => {
  const { lang } = document.documentElement;
  // The page's language, as the reader's region writes times in it.
  const locales = [...navigator.languages.filter((one) => one.split("-")[0] === lang), lang];
  const formats = new Map();

  // One formatter for each kind of time and zone; a zone that the browser doesn't know is UTC.
  function formatter(key, zone, choice) {
    if (!formats.has(key)) {
      try {
        formats.set(key, new Intl.DateTimeFormat(locales, { ...choice, timeZone: zone }));
      } catch {
        formats.set(key, new Intl.DateTimeFormat(locales, { ...choice, timeZone: "UTC" }));
      }
    }
    return formats.get(key);
  }

  function format(zone) {
    return formatter(zone, zone, {
      weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit",
    });
  }

  function sayTime(iso, zone) {
    return format(zone).format(new Date(iso));
  }

  // An instant of the last months: without weekday and year.
  function sayMoment(iso, zone) {
    const choice = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
    return formatter(`${zone} brief`, zone, choice).format(new Date(iso));
  }

  function saySpan(start, end, zone) {
    return format(zone).formatRange(new Date(start), new Date(end));
  }

  function localize(root) {
    for (const time of root.querySelectorAll("time[datetime][data-zone]")) {
      const { zone, end } = time.dataset;
      if ("brief" in time.dataset) time.textContent = sayMoment(time.dateTime, zone);
      else time.textContent = end ? saySpan(time.dateTime, end, zone) : sayTime(time.dateTime, zone);
    }
  }

  // How long ago, in the largest unit of which there is a whole one.
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
  function sayAgo(iso) {
    const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
    const unit = UNITS.find(([, size]) => seconds >= size);
    return unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : document.body.dataset.justNow;
  }

  function refresh() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const said = sayAgo(time.dateTime);
      if (time.textContent !== said) time.textContent = said;
    }
  }
  window.setInterval(refresh, 20000);
  document.addEventListener("visibilitychange", refresh);

  // Builds an element; text only ever arrives as text, never as markup.
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }

  // Says something to screen readers, once: the region was empty when the page was read.
  const region = document.getElementById("said");
  let saying = 0;
  function say(text) {
    region.textContent = "";
    window.clearTimeout(saying);
    saying = window.setTimeout(() => { region.textContent = text; }, 100);
  }

  localize(document);
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  return { say, element, localize };
})();
