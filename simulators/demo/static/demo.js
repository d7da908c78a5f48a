// Asks every second what both calendars hold, and shows what differs. Forms and links work without
// this script too; with it nothing reloads.
"use strict";

(() => {
  const EVERY = 1000;
  const here = new URL(location.href);
  const log = document.getElementById("log");
  const error = document.getElementById("error");
  const shown = {};
  let newest = Math.max(0, ...[...log.querySelectorAll("li")].map((li) => Number(li.dataset.number)));
  let waiting = null;
  let asked = 0;

  const busy = () => "dragging" in document.documentElement.dataset;

  const focusAgain = (place) => {
    const active = document.activeElement;
    if (!place.contains(active)) return () => {};
    const { id } = active;
    const { item } = active.dataset;
    return () => {
      const again = (id && document.getElementById(id)) ||
        (item && place.querySelector(`[data-item="${CSS.escape(item)}"]`));
      (again || place.querySelector("h2"))?.focus({ preventScroll: true });
    };
  };

  const put = (id, html) => {
    if (shown[id] === html) return;
    const place = document.getElementById(id);
    const again = focusAgain(place);
    const first = !(id in shown);
    shown[id] = html;
    // The server has just sent the same in the page itself.
    if (first && id !== "chosen" && place.innerHTML.trim() === html.trim()) return;
    place.innerHTML = html;
    again();
  };

  const tell = (lines) => {
    for (const line of lines) {
      if (line.number <= newest) continue;
      newest = line.number;
      const li = document.createElement("li");
      li.dataset.number = line.number;
      const time = document.createElement("time");
      time.textContent = line.at;
      const tag = document.createElement("span");
      tag.className = `tag ${line.side}`;
      tag.textContent = line.label;
      li.append(time, " ", tag, ` ${line.text}`);
      log.prepend(li);
      document.getElementById("log-empty").hidden = true;
    }
    while (log.children.length > 40) log.lastElementChild.remove();
  };

  const offer = (start) => {
    for (const input of document.querySelectorAll("[data-offer]")) {
      if (input.value === input.defaultValue && document.activeElement !== input) {
        input.defaultValue = start;
        input.value = start;
      }
    }
  };

  const look = async () => {
    clearTimeout(waiting);
    const mine = ++asked;
    try {
      const answer = await fetch(`/api/state${here.search}`);
      if (answer.ok && mine === asked && !busy()) {
        const state = await answer.json();
        if (mine === asked) {
          for (const [id, html] of Object.entries(state.fragments)) put(id, html);
          tell(state.lines);
          offer(state.offer);
        }
      }
    } catch {
      // The server is away for a moment: the next look will tell.
    }
    if (mine === asked) waiting = setTimeout(look, document.hidden ? EVERY * 5 : EVERY);
  };

  const choose = async (item) => {
    if (item) here.searchParams.set("item", item);
    else here.searchParams.delete("item");
    history.replaceState(null, "", here.search || "/");
    await look();
  };

  const act = async (form) => {
    const answer = await fetch(`/acts${here.search}`, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(form),
    });
    const said = await answer.json();
    error.textContent = said.error ?? "";
    error.hidden = !said.error;
    return said;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const said = await act(new FormData(form, event.submitter));
    if (said.error) return;
    const isNew = !form.elements.namedItem("item");
    if (isNew) {
      form.closest("details").open = false;
      form.closest("details").querySelector("summary").focus();
      await look();
    } else await choose(said.item);
  });

  document.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const item = event.target.closest("#booking .item, #outlook .item");
    const close = event.target.closest("#close");
    if (!item && !close) return;
    event.preventDefault();
    const before = here.searchParams.get("item");
    await choose(item?.dataset.item);
    if (item) document.getElementById("chosen-title")?.focus({ preventScroll: true });
    else if (before) document.querySelector(`[data-item="${CSS.escape(before)}"]`)?.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.getElementById("close")?.click();
  });

  document.addEventListener("item-dropped", async (event) => {
    await act({ act: "move", ...event.detail });
    await look();
  });

  document.addEventListener("item-stretched", async (event) => {
    const { item, side, minutes } = event.detail;
    await act({ act: `stretch:${minutes}`, item, side });
    await look();
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });

  waiting = setTimeout(look, EVERY);
})();
