// Sends a dropped event's new time through the same form that the page has.
"use strict";

document.addEventListener("item-dropped", (event) => {
  const form = document.getElementById("drop");
  const { item, start } = event.detail;
  const held = document.querySelector(`.item[data-item="${CSS.escape(item)}"]`);
  const end = new Date(`${start}Z`);
  end.setUTCMinutes(end.getUTCMinutes() + Number(held.dataset.minutes));
  const fill = (name, value) => { form.elements.namedItem(name).value = value; };
  fill("item", item);
  fill("start", start);
  fill("end", end.toISOString().slice(0, 16));
  form.submit();
});
