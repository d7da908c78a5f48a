// Dragging an item of the grid to another time, in steps of a quarter of an hour. A page says with
// an "item-dropped" event where it went; without this script the forms do the same.
"use strict";

(() => {
  const STEP = 15;
  let held = null;

  const minutesAt = (list, y) => {
    const first = Number(list.dataset.firstHour) * 60;
    const box = list.getBoundingClientRect();
    const perMinute = box.height / (Number(list.dataset.hours) * 60);
    return first + Math.round((y - box.top) / perMinute / STEP) * STEP;
  };

  const under = (event) => event.target.closest?.(".timed");

  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.(".item[data-item]");
    if (!item) return;
    held = { item, grip: event.clientY - item.getBoundingClientRect().top };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.item);
    document.documentElement.dataset.dragging = "";
  });

  document.addEventListener("dragover", (event) => {
    const list = under(event);
    if (!held || !list || list.dataset.side !== held.item.dataset.side) return;
    event.preventDefault();
    document.querySelectorAll(".timed.over").forEach((one) => one.classList.remove("over"));
    list.classList.add("over");
  });

  document.addEventListener("drop", (event) => {
    const list = under(event);
    if (!held || !list || list.dataset.side !== held.item.dataset.side) return;
    event.preventDefault();
    const minutes = Math.max(0, Math.min(23 * 60 + 45, minutesAt(list, event.clientY - held.grip)));
    const pad = (number) => String(number).padStart(2, "0");
    const start = `${list.dataset.day}T${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
    document.dispatchEvent(new CustomEvent("item-dropped", {
      detail: { item: held.item.dataset.item, side: held.item.dataset.side, start },
    }));
  });

  document.addEventListener("dragend", () => {
    held = null;
    delete document.documentElement.dataset.dragging;
    document.querySelectorAll(".timed.over").forEach((one) => one.classList.remove("over"));
  });
})();
