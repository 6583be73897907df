"use strict";
// Light and dark, sorting and filtering of tables. No storage, no network.
(() => {
  const root = document.documentElement;
  const button = document.querySelector("#theme");
  const prefersDark = globalThis.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const show = () => {
    if (button) {
      button.setAttribute("aria-pressed", String(isDark()));
    }
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  if (button) {
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      show();
    });
  }
  prefersDark.addEventListener("change", show);
  show();

  const valueOf = (cell) => {
    if (cell === undefined) {
      return "";
    }
    if (cell.dataset.value !== undefined) {
      return Number(cell.dataset.value);
    }
    const text = cell.textContent.trim();
    const number = Number(text.replaceAll(/[\s,%]/gu, ""));
    return text !== "" && Number.isFinite(number) ? number : text.toLowerCase();
  };
  const compare = (first, second) => {
    const numbers = [typeof first === "number", typeof second === "number"];
    if (numbers[0] && numbers[1]) {
      if (Number.isNaN(first) || Number.isNaN(second)) {
        return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
      }
      return first - second;
    }
    if (numbers[0] !== numbers[1]) {
      return numbers[0] ? -1 : 1;
    }
    return first < second ? -1 : Number(first > second);
  };
  const sort = (table, column, sign) => {
    const [body] = table.tBodies;
    const rows = Array.from(body.rows, (row) => [valueOf(row.cells[column]), row]);
    rows.sort((first, second) => sign * compare(first[0], second[0]));
    body.append(...rows.map((row) => row[1]));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const control = document.createElement("button");
      control.type = "button";
      control.append(...heading.childNodes);
      heading.append(control);
      control.addEventListener("click", () => {
        const upwards = heading.getAttribute("aria-sort") !== "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", upwards ? "ascending" : "descending");
        sort(table, column, upwards ? 1 : -1);
      });
    });
  }
  for (const input of document.querySelectorAll("input[data-filter]")) {
    const told = document.querySelector(`#${input.id}-told`);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/u).filter(Boolean);
      let shown = 0;
      for (const row of document.querySelectorAll(`${input.dataset.filter} tbody tr`)) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += Number(!row.hidden);
      }
      if (told) {
        told.textContent = `${shown} rows`;
      }
    });
  }
  globalThis.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      details.dataset.closed = "";
    }
  });
  globalThis.addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-closed]")) {
      details.open = false;
      delete details.dataset.closed;
    }
  });
})();
