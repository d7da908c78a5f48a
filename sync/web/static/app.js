// What both pages share: times in the reader's own language.
"use strict";

window.connectUp = (() => {
  const formats = new Map();

  function format(zone, withDay) {
    const key = `${zone} ${withDay}`;
    if (!formats.has(key)) {
      const choice = withDay
        ? { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }
        : { hour: "2-digit", minute: "2-digit" };
      try {
        formats.set(key, new Intl.DateTimeFormat(navigator.languages, { ...choice, timeZone: zone }));
      } catch {
        formats.set(key, new Intl.DateTimeFormat(navigator.languages, { ...choice, timeZone: "UTC" }));
      }
    }
    return formats.get(key);
  }

  function sayTime(iso, zone) {
    return format(zone, true).format(new Date(iso));
  }

  function saySpan(start, end, zone) {
    return format(zone, true).formatRange(new Date(start), new Date(end));
  }

  function localize(root) {
    for (const time of root.querySelectorAll("time[datetime][data-zone]")) {
      const { zone, end } = time.dataset;
      time.textContent = end ? saySpan(time.dateTime, end, zone) : sayTime(time.dateTime, zone);
    }
  }

  // Builds an element; text only ever arrives as text, never as markup.
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }

  localize(document);
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  return { sayTime, saySpan, localize, element };
})();
