// The administrators' page, made quicker: everything here also works without it.
"use strict";

(() => {
  const PAUSE = 300; // milliseconds after the last key until the search is looked up
  const OFTEN = 3000, SELDOM = 20000; // milliseconds between two looks at what is new
  const LONG = 600000; // milliseconds after which nothing is looked at often any more
  const form = document.getElementById("staff-form");

  // A form is on its way: said, and not sent twice.
  for (const one of document.querySelectorAll("form[method=post]")) {
    one.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (one.getAttribute("aria-busy") === "true") {
        event.preventDefault();
        return;
      }
      one.setAttribute("aria-busy", "true");
      window.connectUp.say("Working");
    });
  }
  // Back in the browser's history the page is as it was left.
  window.addEventListener("pageshow", () => {
    for (const one of document.querySelectorAll("form[aria-busy]")) one.removeAttribute("aria-busy");
  });
  if (!form) return;

  const chosen = new Set();
  const live = () => document.getElementById("staff-live");
  const boxes = () => [...live().querySelectorAll("input[type=checkbox][name=staff_id]")];
  let asked = 0, isPlain = false, shownText = "", dueAt = 0;

  function count() {
    for (const number of form.querySelectorAll("[data-chosen]")) {
      number.textContent = chosen.size.toLocaleString("en");
    }
    document.getElementById("select-none").hidden = chosen.size === 0;
    const all = document.getElementById("select-all");
    if (!all) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  }

  // What is selected is kept here; the form carries those along whose rows are not shown.
  function remember() {
    for (const field of live().querySelectorAll("input[type=hidden][name=staff_id]")) field.remove();
    const shown = new Set();
    for (const box of boxes()) {
      shown.add(box.value);
      box.checked = chosen.has(box.value);
    }
    for (const id of chosen) {
      if (!shown.has(id)) {
        live().append(window.connectUp.element("input", { type: "hidden", name: "staff_id", value: id }));
      }
    }
    count();
  }

  function dress() {
    window.connectUp.localize(live());
    const all = document.getElementById("select-all");
    if (all) {
      document.getElementById("select-all-label").hidden = false;
      document.getElementById("select-heading").hidden = true;
    }
    remember();
  }

  // Puts a newer state of the list into the page; the focus stays where it was.
  function show(text, isAsked) {
    const next = new DOMParser().parseFromString(text, "text/html").getElementById("staff-live");
    if (!next) return;
    const address = next.dataset.address;
    if (isAsked) {
      chosen.clear();
      for (const field of next.querySelectorAll("input[name=staff_id]")) {
        if (field.type === "hidden" || field.checked) chosen.add(field.value);
      }
      window.history.replaceState(null, "", address);
    }
    for (const field of next.querySelectorAll("input[name=staff_id]")) {
      if (field.type === "hidden") field.remove();
      else field.removeAttribute("checked");
    }
    const fresh = next.innerHTML;
    if (fresh !== shownText || isAsked) {
      const focused = live().contains(document.activeElement) ? document.activeElement : null;
      const name = focused && (focused.id ? `#${focused.id}` : `[name="${focused.name}"][value="${CSS.escape(focused.value)}"]`);
      live().replaceWith(next);
      shownText = fresh;
      dress();
      if (name) (live().querySelector(name) || document.getElementById("words")).focus({ preventScroll: true });
    }
  }

  async function ask(submitter) {
    const mine = ++asked;
    const before = new Set(chosen);
    const body = new URLSearchParams(new FormData(form, submitter));
    live().setAttribute("aria-busy", "true");
    let answer = null, text = "";
    try {
      answer = await window.fetch("/plugin", { method: "POST", body, redirect: "manual" });
      if (answer.ok) text = await answer.text();
    } catch {
      // Without a network the page stays as it is.
    }
    if (mine !== asked) return;
    live().removeAttribute("aria-busy");
    if (answer === null) {
      window.connectUp.say("The list could not be loaded. Please try again.");
      return;
    }
    if (!answer.ok) {
      // A page of its own says what happened, or asks to log in.
      isPlain = true;
      form.requestSubmit(submitter);
      return;
    }
    // Ticked or unticked while the answer was on its way.
    const added = [...chosen].filter((id) => !before.has(id));
    const removed = [...before].filter((id) => !chosen.has(id));
    show(text, true);
    for (const id of added) chosen.add(id);
    for (const id of removed) chosen.delete(id);
    remember();
    window.connectUp.say(document.getElementById("staff-count").textContent);
  }

  const showButton = form.querySelector("button[value=show]");
  const isLook = (button) => button && (["show_state", "show_page"].includes(button.name)
    || ["show", "select_all", "select_none"].includes(button.value));
  form.addEventListener("submit", (event) => {
    if (isPlain || !isLook(event.submitter)) return;
    event.preventDefault();
    ask(event.submitter);
  }, { capture: true });

  let waiting = 0;
  const search = document.getElementById("words");
  search.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => ask(showButton), PAUSE);
  });

  // Arrow keys walk through the Locations; one counts when Enter is pressed or the field is left.
  const place = document.getElementById("location");
  let byKey = false, shownPlace = place.value;
  function choosePlace() {
    byKey = false;
    if (place.value === shownPlace) return;
    shownPlace = place.value;
    ask(showButton);
  }
  place.addEventListener("keydown", (event) => {
    byKey = event.key !== "Enter";
    if (event.key === "Enter") choosePlace();
  });
  place.addEventListener("pointerdown", () => { byKey = false; });
  place.addEventListener("change", () => { if (!byKey) choosePlace(); });
  place.addEventListener("blur", choosePlace);

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.id === "select-all") {
      for (const one of boxes()) {
        if (box.checked) chosen.add(one.value);
        else chosen.delete(one.value);
      }
      remember();
    } else if (box.name === "staff_id") {
      if (box.checked) chosen.add(box.value);
      else chosen.delete(box.value);
      count();
    }
  });

  // States and numbers change by themselves, without a word to who listens (R12.5).
  function pause() {
    const now = window.performance.now();
    return now + ("busy" in live().dataset && now < LONG ? OFTEN : SELDOM);
  }

  // The log-in has ended: what is on the page stays, and is said to be old.
  function end() {
    const { element } = window.connectUp;
    const link = element("a", { href: live().dataset.address }, "Log in again");
    live().before(element("p", { class: "alert" }, "Your log-in has ended; this list is not up to date. ", link));
    window.clearInterval(timer);
  }

  async function look() {
    if (document.hidden || window.performance.now() < dueAt) return;
    dueAt = pause();
    const mine = asked;
    try {
      const answer = await window.fetch(live().dataset.address, { redirect: "manual" });
      if (answer.type === "opaqueredirect") end();
      const text = answer.ok ? await answer.text() : null;
      if (text !== null && mine === asked && form.getAttribute("aria-busy") !== "true") show(text, false);
    } catch {
      // It is looked again soon enough.
    }
  }
  const timer = window.setInterval(look, 1000);
  dueAt = pause();

  for (const field of live().querySelectorAll("input[name=staff_id]")) {
    if (field.type === "hidden" || field.checked) chosen.add(field.value);
  }
  dress();
})();
