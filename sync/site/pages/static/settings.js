// The settings page, made quicker: everything here also works without it.
"use strict";

(() => {
  const { ago, element, parts, say, sayMoment, sayTime, saySpan, tell, watch } = window.connectUp;
  const ACTIVITY_STEP = 15;
  const PREVIEWED = 8;
  const main = document.getElementById("main");
  const { zone, product } = main.dataset;

  // A sentence of ours for people; what else may be thrown helps nobody.
  class Told extends Error {}
  const sentence = (error) => (error instanceof Told ? error.message : main.dataset.unsure);

  async function call(path, options = {}) {
    const headers = { Accept: "application/json", ...(options.headers || {}) };
    if (options.method && options.method !== "GET") headers["X-CSRF-Token"] = main.dataset.csrf;
    const answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
    const text = await answer.text();
    const body = text ? JSON.parse(text) : {};
    if (answer.status === 401) tell("live-ended");
    if (!answer.ok) throw new Told(body.detail || main.dataset.unsure);
    return body;
  }

  // Whose button could not be pressed meanwhile has the focus again.
  function release(button) {
    button.disabled = false;
    if (document.activeElement === document.body) button.focus();
  }

  function counted(number, one, many) {
    return `${number.toLocaleString(navigator.languages)} ${number === 1 ? one : many}`;
  }

  function explain(error) {
    return element("p", { class: "field-problem" }, sentence(error));
  }

  // --- live: what both sides do is seen here without a reload (R12.5) ---

  const live = parts(dress);
  // Nobody's work: an answer of two reads while nothing has changed, once a minute in the long run.
  watch({
    address: () => "/settings",
    isBusy: () => "busy" in main.dataset,
    calm: [5000, 60000],
    busy: [1000, 15000],
    show: live.show,
  });

  // --- choices that only matter with others ---

  function dress(part) {
    const meetings = part.querySelector("#settings-form [name=sync_meetings]");
    if (meetings) part.querySelector("#meeting-choices").hidden = !meetings.checked;
  }
  dress(document);
  document.addEventListener("change", (event) => {
    if (event.target.name === "sync_meetings") dress(document);
  });

  async function preview(button) {
    const { form } = button;
    if (!form.reportValidity()) return;
    const place = document.getElementById("preview");
    button.disabled = true;
    place.replaceChildren(element("p", { class: "muted" }, "Looking at both calendars…"));
    try {
      const found = await call("/api/me/preview", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(choices(new FormData(form))),
      });
      place.replaceChildren(showPreview(found, "changes" in form.dataset));
      say(`Preview: ${counted(found.to_outlook.count, "new item", "new items")} in Outlook, ${counted(found.to_booking.count, "new item", "new items")} in ${product}.`);
    } catch (error) {
      place.replaceChildren(explain(error));
      say(sentence(error));
    }
    release(button);
  }

  // --- mail: saved at once, and nothing that is typed elsewhere on the page is lost ---

  async function saveMail(button) {
    const mail = document.getElementById("mail-choices");
    const typed = mail.querySelector("#contact_email").value.trim();
    const { chosen } = mail.dataset;
    const wanted = {};
    if (button.value === "confirm_again") {
      wanted.contact_email = chosen;
    } else {
      for (const name of ["notify_resync_completed", "notify_update_failed"]) {
        wanted[name] = mail.querySelector(`[name=${name}]`).checked;
      }
      // An address that stands there as before is not asked again.
      if (typed.toLowerCase() !== chosen.toLowerCase()) wanted.contact_email = typed;
    }
    button.disabled = true;
    try {
      await call("/api/me/settings", {
        method: "PATCH",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(wanted),
      });
      const answer = await fetch("/settings", { credentials: "same-origin" });
      const shown = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("mail-choices");
      mail.dataset.chosen = shown.dataset.chosen;
      mail.replaceChildren(...shown.childNodes, element("p", { class: "hint" }, "Saved."));
      mail.querySelector("button[value=mail]").focus();
      say("Saved.");
    } catch (error) {
      for (const old of mail.querySelectorAll(".field-problem")) old.remove();
      mail.querySelector(".field").append(explain(error));
      say(sentence(error));
      release(button);
    }
  }

  function choices(fields) {
    return {
      calendar_id: fields.get("calendar_id"),
      contact_email: fields.get("contact_email"),
      notify_resync_completed: fields.has("notify_resync_completed"),
      notify_update_failed: fields.has("notify_update_failed"),
      sync_reserves: fields.has("sync_reserves"),
      sync_meetings: fields.has("sync_meetings"),
      sync_meeting_details: fields.has("sync_meeting_details"),
      on_outlook_delete: fields.get("on_outlook_delete"),
      show_as: fields.getAll("show_as"),
    };
  }

  function side(heading, data, gone) {
    const first = data.first.slice(0, PREVIEWED);
    const rest = data.count - first.length;
    return element("div", {},
      element("h4", {}, `${heading}: ${counted(data.count, "new item", "new items")}${gone ? `, ${gone.toLocaleString(navigator.languages)} removed` : ""}`),
      element("ul", { class: "plain" }, ...first.map((item) => element("li", {},
        element("strong", {}, item.title), " ",
        element("time", { class: "muted", datetime: item.start }, saySpan(item.start, item.end, zone))))),
      rest > 0 ? element("p", { class: "muted" }, `and ${rest.toLocaleString(navigator.languages)} more`) : "");
  }

  function showPreview(found, isChange) {
    const box = element("div", { class: "preview" },
      element("h3", {}, isChange ? "What saving would do" : "What Start Sync would do"),
      element("p", { class: "muted" }, "Nothing has been changed."),
      element("div", { class: "preview-sides" }, side("In Outlook", found.to_outlook, found.removed_from_outlook), side(`In ${product}`, found.to_booking, found.removed_from_booking)));
    if (found.taken.length) {
      box.append(element("h4", {}, "Time that is taken"),
        element("p", { class: "muted" }, `As far as can be seen, an appointment stands there: ${product} will not block it a second time.`),
        element("ul", { class: "plain" }, ...found.taken.map((item) => element("li", {},
          element("strong", {}, item.title), " ",
          element("time", { class: "muted", datetime: item.start }, saySpan(item.start, item.end, zone))))));
    }
    if (found.left_out.length) {
      box.append(element("h4", {}, "Left out"), element("ul", { class: "plain" }, ...found.left_out.map((group) => element("li", {},
        element("strong", {}, counted(group.count, "meeting", "meetings")), `: ${group.reason}`))));
    }
    return box;
  }

  // --- what is pressed: parts of the page come and go, so the whole page listens ---

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button, a");
    if (!pressed) return;
    const dialog = document.getElementById(pressed.dataset.dialog || "");
    if (pressed.value === "preview") preview(pressed);
    else if (pressed.closest("#mail-choices") && pressed.name === "action") saveMail(pressed);
    else if ("more" in pressed.dataset) showMore(pressed);
    else if (dialog && dialog.showModal) dialog.showModal();
    else if ("close" in pressed.dataset) pressed.closest("dialog").close();
    else return;
    event.preventDefault();
  });
  // What has changed while the question stood is put in once it is closed.
  document.addEventListener("close", () => live.settle(), { capture: true });

  // --- older activity ---

  const words = {
    created: "Created", updated: "Updated", moved: "Moved", deleted: "Deleted", put_back: "Put back", left_out: "Left out",
    started: "Sync started", resynced: "Resync", settings_changed: "Settings changed", disconnected: "Disconnected", reconnected: "Signed in again with Microsoft",
    held: "Held back, and you were asked", answered: "No longer held back",
    to_outlook: "in Outlook", to_booking: "in the booking calendar", both: "in both calendars", refused: "Refused", failed: "Failed",
  };
  // About the sync as a whole, with a reason that counts, or a title that does.
  const whole = new Set(["started", "resynced", "settings_changed", "disconnected", "reconnected", "held", "answered"]);
  let fetched = [];
  async function showMore(more) {
    const list = document.getElementById("activity-list");
    try {
      if (!fetched.length) {
        const page = await call(`/api/me/activity?cursor=${encodeURIComponent(more.dataset.more)}`);
        fetched = page.value;
        more.dataset.more = page.next_cursor || "";
      }
      const made = fetched.splice(0, ACTIVITY_STEP).map(activity);
      list.append(...made);
      list.dataset.kept = "";
      if (made.length) {
        made[0].tabIndex = -1;
        made[0].focus();
      }
      if (!fetched.length && !more.dataset.more) more.parentElement.remove();
    } catch (error) {
      more.parentElement.append(explain(error));
    }
  }

  function sayDone(entry) {
    const action = words[entry.action];
    if (entry.action === "disconnected" && entry.count === undefined) return "Disconnecting";
    if (whole.has(entry.action)) return action;
    const done = entry.result === "ok" ? action : `Could not be ${action.toLowerCase()}`;
    const many = entry.count === undefined ? "" : `: ${counted(entry.count, "item", "items")}`;
    return `${done} ${words[entry.direction]}${many}`;
  }

  function activity(entry) {
    const items = entry.items || [];
    const when = entry.start && !items.length ? `, for ${sayTime(entry.start, zone)}` : "";
    return element("li", { class: "entry" },
      element("div", { class: "entry-head" }, element("strong", {}, entry.title),
        element("span", { class: "small" },
          element("time", { class: "muted", datetime: entry.at }, sayMoment(entry.at, zone)), " ",
          element("span", { class: "muted" }, "·"), " ", ago(entry.at))),
      element("p", {}, badge(entry), ` ${sayDone(entry)}${when}`),
      entry.reason ? element("p", { class: "muted" }, entry.reason) : "",
      items.length ? opened(entry, items) : "");
  }

  function badge(entry) {
    if (entry.over) return element("span", { class: "badge quiet" }, "Over");
    return entry.result === "ok" ? "" : element("span", { class: "badge warn" }, words[entry.result]);
  }

  function opened(entry, items) {
    return element("details", {},
      element("summary", {}, `Show ${items.length === entry.count ? "them" : `the first ${items.length}`}`),
      element("ul", { class: "plain small" }, ...items.map((item) => element("li", {}, item.title,
        item.start ? element("span", { class: "muted" }, ` ${sayTime(item.start, zone)}`) : ""))));
  }
})();
