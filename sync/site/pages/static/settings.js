// The settings page, made quicker: everything here also works without it.
"use strict";

(() => {
  const { ago, element, say, sayAfterwards, sayMoment, sayTime, saySpan } = window.connectUp;
  const ACTIVITY_STEP = 15;
  const PREVIEWED = 8;
  const main = document.getElementById("main");
  const { zone, csrf, product } = main.dataset;

  async function call(path, options = {}) {
    const headers = { Accept: "application/json", ...(options.headers || {}) };
    if (options.method && options.method !== "GET") headers["X-CSRF-Token"] = csrf;
    const answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
    const text = await answer.text();
    const body = text ? JSON.parse(text) : {};
    if (!answer.ok) throw new Error(body.detail || body.title || "That did not work. Please try again.");
    return body;
  }

  function counted(number, one, many) {
    return `${number.toLocaleString(navigator.languages)} ${number === 1 ? one : many}`;
  }

  function explain(error) {
    return element("p", { class: "field-problem" }, error.message);
  }

  // --- real progress: asks until the work is done, then shows the page anew ---

  const progress = document.querySelector("[data-poll]");
  if (progress) {
    const bar = progress.querySelector("progress");
    const label = progress.querySelector(".progress-text");
    const name = label.textContent.split(":")[0];
    const began = main.querySelector(".page-head .badge").textContent;
    const before = Date.parse(progress.dataset.poll) / 1000;
    let misses = 0;
    const ask = async () => {
      try {
        const me = await call("/api/me");
        misses = 0;
        const ended = me.last_sync ? Math.floor(Date.parse(me.last_sync.ended_at) / 1000) : NaN;
        // One that fails is tried again by itself: that is shown, and waited for as long as it lasts.
        const broken = me.state === "active" && me.last_sync && me.last_sync.result === "failed" && ended !== before;
        const failed = broken || me.state === "reconnect_needed";
        const moving = me.state === "starting" || me.state === "disconnecting" || me.progress;
        if (failed || !moving) {
          sayAfterwards(failed ? `${name}: not done yet.` : `${name}: done.`);
          window.location.reload();
          return;
        }
        if (me.progress && me.progress.total > 0) {
          bar.max = me.progress.total;
          bar.value = me.progress.done;
          label.textContent = `${name}: ${me.progress.done} of ${me.progress.total}`;
        }
      } catch {
        misses += 1;
        if (misses === 5) label.textContent = `${name}: no answer at the moment, still trying (${began.toLowerCase()})`;
      }
      window.setTimeout(ask, Math.min(1000 * (1 + misses), 15000));
    };
    window.setTimeout(ask, 250);
  }

  // --- an answer that is being carried out: shows the page anew once it is ---

  if (document.querySelector("[data-answered]")) {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      try {
        const me = await call("/api/me");
        if (!me.held) {
          sayAfterwards("Your answer was carried out.");
          window.location.reload();
          return;
        }
      } catch {
        // No answer at the moment: the next one may come.
      }
      window.setTimeout(ask, Math.min(1000 * asked, 15000));
    };
    window.setTimeout(ask, 1000);
  }

  // --- choices that only matter with others ---

  const form = document.getElementById("settings-form");
  if (form) {
    const meetings = form.elements.sync_meetings;
    const nested = document.getElementById("meeting-choices");
    const follow = () => { nested.hidden = !meetings.checked; };
    meetings.addEventListener("change", follow);
    follow();

    const preview = document.getElementById("preview");
    form.querySelector("[data-preview]").addEventListener("click", async (event) => {
      event.preventDefault();
      if (!form.reportValidity()) return;
      const button = event.currentTarget;
      button.disabled = true;
      preview.replaceChildren(element("p", { class: "muted" }, "Looking at both calendars…"));
      try {
        const found = await call("/api/me/preview", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(choices(new FormData(form))),
        });
        preview.replaceChildren(showPreview(found));
        say(`Preview: ${counted(found.to_outlook.count, "new item", "new items")} in Outlook, ${counted(found.to_booking.count, "new item", "new items")} in ${product}.`);
      } catch (error) {
        preview.replaceChildren(explain(error));
        say(error.message);
      }
      button.disabled = false;
    });
  }

  // --- mail: saved at once, and nothing that is typed elsewhere on the page is lost ---

  const mail = document.getElementById("mail-choices");
  if (mail) {
    mail.addEventListener("click", async (event) => {
      const button = event.target.closest("button[name=action]");
      if (!button) return;
      event.preventDefault();
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
        say(error.message);
        button.disabled = false;
      }
    });
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

  function showPreview(found) {
    const box = element("div", { class: "preview" },
      element("h3", {}, "changes" in form.dataset ? "What saving would do" : "What Start Sync would do"),
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

  // --- disconnecting asks first ---

  for (const opener of document.querySelectorAll("[data-dialog]")) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog || !dialog.showModal) continue;
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.showModal();
    });
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  }

  // --- older activity ---

  const words = {
    created: "Created", updated: "Updated", moved: "Moved", deleted: "Deleted", put_back: "Put back", left_out: "Left out",
    started: "Sync started", resynced: "Resync", settings_changed: "Settings changed", disconnected: "Disconnected", reconnected: "Signed in again with Microsoft",
    held: "Held back, and you were asked", answered: "No longer held back",
    to_outlook: "in Outlook", to_booking: "in the booking calendar", both: "in both calendars", refused: "Refused", failed: "Failed",
  };
  // About the sync as a whole, with a reason that counts, or a title that does.
  const whole = new Set(["started", "resynced", "settings_changed", "disconnected", "reconnected", "held", "answered"]);
  const more = document.querySelector("[data-more]");
  if (more) {
    let fetched = [];
    more.addEventListener("click", async (event) => {
      event.preventDefault();
      const list = document.getElementById("activity-list");
      try {
        if (!fetched.length) {
          const page = await call(`/api/me/activity?cursor=${encodeURIComponent(more.dataset.more)}`);
          fetched = page.value;
          more.dataset.more = page.next_cursor || "";
        }
        const made = fetched.splice(0, ACTIVITY_STEP).map(activity);
        list.append(...made);
        if (made.length) {
          made[0].tabIndex = -1;
          made[0].focus();
        }
        if (!fetched.length && !more.dataset.more) more.parentElement.remove();
      } catch (error) {
        more.parentElement.append(explain(error));
      }
    });
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
