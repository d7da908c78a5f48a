// The settings page, made quicker: everything here also works without it.
"use strict";

(() => {
  const { element, localize, parts, say, tell, watch } = window.connectUp;
  const main = document.getElementById("main");

  // A sentence of ours for people; what else may be thrown helps nobody.
  class Told extends Error {}
  const sentence = (error) => (error instanceof Told ? error.message : main.dataset.unsure);

  // The page that the server answers with, whatever it says.
  async function read(answer) {
    if (answer.type === "opaqueredirect") {
      tell("live-ended");
      throw new Told(main.dataset.unsure);
    }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // What a form says, as the browser itself would send it, without leaving the page.
  function send(form, body) {
    return fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual", credentials: "same-origin" });
  }

  // What the page says of what was sent; empty where it has no objection.
  function problemOf(page) {
    const problem = page.getElementById("problem");
    return problem ? problem.textContent.trim().replace(/\s+/g, " ") : "";
  }

  // Whose button could not be pressed meanwhile has the focus again.
  function release(button) {
    button.disabled = false;
    if (document.activeElement === document.body) button.focus();
  }

  // Says what went wrong where it did, in place of what was said there before.
  function explain(place, error) {
    for (const old of place.querySelectorAll(".field-problem")) old.remove();
    place.append(element("p", { class: "field-problem" }, sentence(error)));
    say(sentence(error));
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
    // Read before the button rests: a form says nothing of a button that can't be pressed.
    const body = new URLSearchParams(new FormData(form, button));
    button.disabled = true;
    place.replaceChildren(element("p", { class: "muted" }, place.dataset.looking));
    try {
      const page = await read(await send(form, body));
      const shown = page.getElementById("preview");
      const problem = problemOf(page);
      if (problem) throw new Told(problem);
      localize(shown);
      place.replaceChildren(...shown.childNodes);
      say([...place.querySelectorAll("h3, h4")].map((heading) => heading.textContent).join(". "));
    } catch (error) {
      place.replaceChildren();
      explain(place, error);
    }
    release(button);
  }

  // --- mail: saved at once, and nothing that is typed elsewhere on the page is lost ---

  async function saveMail(button) {
    const mail = document.getElementById("mail-choices");
    const { form } = button;
    const body = new URLSearchParams(new FormData(form, button));
    button.disabled = true;
    try {
      const answer = await send(form, body);
      // A redirect is how the page without a script says that it is done, or that nobody is there.
      const isDone = answer.type === "opaqueredirect";
      const page = await read(isDone ? await fetch("/settings", { redirect: "manual", credentials: "same-origin" }) : answer);
      mail.replaceChildren(...page.getElementById("mail-choices").childNodes);
      localize(mail);
      mail.toggleAttribute("data-kept", !isDone);
      const problem = problemOf(page);
      const wrong = mail.querySelector("[aria-invalid]");
      if (wrong) {
        wrong.focus();
        say(document.getElementById(`${wrong.id}-problem`).textContent);
      } else if (problem || !isDone) {
        explain(mail.querySelector(".field"), new Told(problem || main.dataset.unsure));
        mail.querySelector(`button[value="${button.value}"]`)?.focus();
      } else {
        mail.append(element("p", { class: "hint" }, mail.dataset.saved));
        mail.querySelector("button[value=mail]").focus();
        say(mail.dataset.saved);
      }
    } catch (error) {
      explain(mail.querySelector(".field"), error);
      release(button);
    }
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

  async function showMore(more) {
    const list = document.getElementById("activity-list");
    try {
      const page = await read(await fetch(more.href, { redirect: "manual", credentials: "same-origin" }));
      const older = page.getElementById("activity-list");
      const next = page.querySelector("[data-more]");
      localize(older);
      const made = [...older.children];
      list.append(...made);
      list.dataset.kept = "";
      made[0].tabIndex = -1;
      made[0].focus();
      if (next) more.href = next.href;
      else more.parentElement.remove();
    } catch (error) {
      explain(more.closest("section"), error);
    }
  }
})();
