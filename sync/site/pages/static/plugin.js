// The administrators' page, made quicker: everything here also works without it.
"use strict";

(() => {
  const search = document.getElementById("words");
  const rows = [...document.querySelectorAll("tr[data-name]")];
  const all = document.getElementById("select-all");
  const said = document.getElementById("staff-count");

  const shown = () => rows.filter((row) => !row.hidden);
  const box = (row) => row.querySelector("input[type=checkbox]");

  function tell() {
    const chosen = rows.filter((row) => box(row).checked).length;
    const visible = shown();
    said.textContent = `${visible.length} of ${rows.length} shown, ${chosen} selected`;
    all.checked = visible.length > 0 && visible.every((row) => box(row).checked);
    all.indeterminate = !all.checked && visible.some((row) => box(row).checked);
  }

  if (rows.length) {
    document.getElementById("select-all-label").hidden = false;
    document.getElementById("select-heading").hidden = true;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const row of rows) {
        row.hidden = !row.dataset.name.includes(wanted);
        // What can't be seen must not be changed by the buttons below.
        if (row.hidden) box(row).checked = false;
      }
      tell();
    });
    all.addEventListener("change", () => {
      for (const row of shown()) box(row).checked = all.checked;
      tell();
    });
    for (const row of rows) box(row).addEventListener("change", tell);
    document.getElementById("location").addEventListener("change", (event) => event.target.form.requestSubmit());
    // After a refusal the selection stands as it was.
    if (rows.some((row) => box(row).checked)) tell();
  }
})();
