// Dragging an item of the grid to another time, or its end, in steps of a quarter of an hour. An
// "item-dropped" event says where it went, an "item-stretched" event by how many minutes it became
// longer; with the focus on an item, Shift and an arrow up or down do that too. Without this script
// the forms do the same.
"use strict";

(() => {
  const STEP = 15;
  let held = null;
  let pulled = null;

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
    if (pulled) return event.preventDefault();
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

  const stretch = (item, minutes) => document.dispatchEvent(new CustomEvent("item-stretched", {
    detail: { item: item.dataset.item, side: item.dataset.side, minutes },
  }));

  const letGo = () => {
    pulled.block.style.removeProperty("height");
    delete document.documentElement.dataset.dragging;
    pulled = null;
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.(".grip");
    if (!grip || event.button !== 0) return;
    const item = grip.closest(".item");
    const list = item.closest(".timed");
    const perMinute = list.getBoundingClientRect().height / (Number(list.dataset.hours) * 60);
    const block = item.closest("li");
    pulled = { item, block, perMinute, from: event.clientY, height: block.offsetHeight, by: 0 };
    document.documentElement.dataset.dragging = "";
  });

  document.addEventListener("pointermove", (event) => {
    if (!pulled) return;
    const { block, perMinute, from, height } = pulled;
    const by = Math.round((event.clientY - from) / perMinute / STEP) * STEP;
    if (height + by * perMinute < STEP * perMinute / 2) return;
    pulled.by = by;
    block.style.height = `${height + by * perMinute}px`;
  });

  document.addEventListener("pointerup", () => {
    if (!pulled) return;
    const { item, by } = pulled;
    letGo();
    // The click that follows is the end of the drag, no choice of the item.
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
    if (by) stretch(item, by);
  });

  document.addEventListener("pointercancel", () => pulled && letGo());

  document.addEventListener("keydown", (event) => {
    const item = event.target.closest?.(".item[aria-keyshortcuts]");
    const by = { ArrowDown: STEP, ArrowUp: -STEP }[event.key];
    if (!item || !event.shiftKey || !by) return;
    event.preventDefault();
    stretch(item, by);
  });
})();
