// The administrators' page, made quicker: everything here also works without it.
"use strict";

(() => {
  const PAUSE = 300; // milliseconds after the last key until the search is looked up
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
      window.connectUp.say(document.body.dataset.working);
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
  const { plain, tell } = window.connectUp;
  let asked = 0, late = null, isPlain = false, shownText = plain(live());

  function count() {
    for (const number of form.querySelectorAll("[data-chosen]")) {
      number.textContent = chosen.size.toLocaleString(document.documentElement.lang);
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

  // Where the focus is found again in a newer list; empty where nowhere.
  function spotOf(focused) {
    if (!focused) return "";
    if (focused.id) return `#${focused.id}`;
    return focused.name ? `[name="${focused.name}"][value="${CSS.escape(focused.value)}"]` : "";
  }

  // Puts a newer state of the list into the page; the focus stays where it was.
  function show(page, isAsked) {
    const next = page.getElementById("staff-live");
    if (!next) return false;
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
    const fresh = plain(next);
    if (fresh === shownText && !isAsked) return false;
    const focused = live().contains(document.activeElement) ? document.activeElement : null;
    const spot = spotOf(focused);
    // What is read out or marked just now is not taken away.
    if (!isAsked && (!window.getSelection().isCollapsed || (focused && !spot))) return false;
    live().replaceWith(next);
    shownText = fresh;
    dress();
    if (focused) ((spot && live().querySelector(spot)) || document.getElementById("words")).focus({ preventScroll: true });
    return true;
  }

  async function ask(submitter) {
    const mine = ++asked;
    late = null;
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
      tell("live-lost");
      return;
    }
    tell("");
    if (!answer.ok) {
      // A page of its own says what happened, or asks to log in.
      isPlain = true;
      form.requestSubmit(submitter);
      return;
    }
    // Ticked or unticked while the answer was on its way.
    const added = [...chosen].filter((id) => !before.has(id));
    const removed = [...before].filter((id) => !chosen.has(id));
    show(new DOMParser().parseFromString(text, "text/html"), true);
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

  // States and numbers change by themselves (R12.5): read for all people, so less often than a page
  // of one person; often only while work on many goes on.
  let wasAsked = asked;
  window.connectUp.watch({
    address: () => { wasAsked = asked; return live().dataset.address; },
    isBusy: () => "busy" in live().dataset,
    isLeftAlone: () => wasAsked !== asked || form.getAttribute("aria-busy") === "true",
    calm: [20000, 120000],
    busy: [3000, 20000],
    // What could not be put in at once is, as soon as nothing stands in its way.
    show: (next) => {
      late = next || late;
      return late !== null && show(late, false);
    },
  });

  for (const field of live().querySelectorAll("input[name=staff_id]")) {
    if (field.type === "hidden" || field.checked) chosen.add(field.value);
  }
  dress();
})();
