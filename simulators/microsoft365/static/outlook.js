// Sends an event's new time, after a drag of it or of its end, through the form that the page has.
"use strict";

(() => {
  const held = (item) => document.querySelector(`.item[data-item="${CSS.escape(item)}"]`).dataset;

  const send = (item, start, minutes) => {
    const form = document.getElementById("drop");
    const end = new Date(`${start}Z`);
    end.setUTCMinutes(end.getUTCMinutes() + minutes);
    const fill = (name, value) => { form.elements.namedItem(name).value = value; };
    fill("item", item);
    fill("start", start);
    fill("end", end.toISOString().slice(0, 16));
    form.submit();
  };

  document.addEventListener("item-dropped", (event) => {
    const { item, start } = event.detail;
    send(item, start, Number(held(item).minutes));
  });

  document.addEventListener("item-stretched", (event) => {
    const { item, minutes } = event.detail;
    send(item, held(item).start, Number(held(item).minutes) + minutes);
  });
})();
