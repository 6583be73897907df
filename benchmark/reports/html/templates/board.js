/* Tables: sorting by any column, one filter over the whole page, and a window of rows where a
   table has many. Those come as JSON, [facets, cells] a row; a cell is a text,
   [text, interval, letters, bold] or {links: [[text, address], ...]}. */
(() => {
  "use strict";
  const FACETS = ["dataset", "split", "generator", "judge"];

  const keyOf = (text) => {
    const trimmed = text.trim();
    const number = Number(trimmed.replaceAll(/[\s,%]/gu, ""));
    return trimmed !== "" && Number.isFinite(number) ? number : trimmed.toLowerCase();
  };
  // Texts stand behind the numbers whichever way these are sorted: they say why there is none.
  const compare = (first, second, sign) => {
    if (typeof first !== typeof second) {
      return typeof first === "number" ? -1 : 1;
    }
    return sign * (first < second ? -1 : Number(first > second));
  };
  const made = (name, text, className = "") => {
    const element = document.createElement(name);
    element.textContent = text;
    if (className) {
      element.className = className;
    }
    return element;
  };

  const textOf = (cell) => {
    if (typeof cell === "string") {
      return cell;
    }
    return Array.isArray(cell) ? cell[0] : cell.links.map((link) => link[0]).join(" ");
  };
  const fill = (element, cell) => {
    if (typeof cell === "string") {
      element.textContent = cell;
    } else if (Array.isArray(cell)) {
      const [text, bounds, letters, bold] = cell;
      element.append(bold ? made("b", text) : text);
      if (letters) {
        element.append(" ", made("span", letters, "letters"));
      }
      if (bounds) {
        element.append(" ", made("small", bounds));
      }
    } else {
      cell.links.forEach(([text, address], place) => {
        const link = made(address ? "a" : "span", text, "run");
        if (address) {
          link.href = address;
        }
        element.append(...(place ? [" "] : []), link);
      });
    }
  };

  const rowOfElement = (element) => ({
    facets: element.dataset,
    text: element.textContent.toLowerCase(),
    key(column) {
      const cell = element.cells[column];
      return keyOf(cell === undefined ? "" : (cell.dataset.value ?? cell.textContent));
    },
    element: () => element,
  });
  const rowOfData = ([facets, cells], name) => {
    let element = null;
    return {
      facets,
      text: cells.map((cell) => textOf(cell)).join(" ").toLowerCase(),
      key: (column) => keyOf(textOf(cells[column])),
      element() {
        if (element === null) {
          element = document.createElement("tr");
          cells.forEach((cell, column) => {
            const place = document.createElement(column === name ? "th" : "td");
            if (column === name) {
              place.scope = "row";
            }
            fill(place, cell);
            element.append(place);
          });
        }
        return element;
      },
    };
  };

  const around = (element) => {
    const facets = {};
    for (const name of FACETS) {
      facets[name] = element.closest(`[data-${name}]`)?.dataset[name];
    }
    const section = element.closest("section");
    const told = [section?.querySelector("h2")?.textContent ?? "", facets.judge ?? ""];
    return { facets, text: told.join(" ").toLowerCase() };
  };
  const matches = (facets, text, here, asked) =>
    asked.words.every((word) => text.includes(word) || here.text.includes(word)) &&
    asked.chosen.every(([name, value]) => {
      const own = facets[name] ?? here.facets[name];
      return own === undefined || own === value;
    });

  const boardOf = (table) => {
    const body = [...table.tBodies].at(-1);
    const above = table.rows.length - body.rows.length;
    const data = document.getElementById(table.dataset.rows ?? "");
    const size = data === null ? Infinity : body.rows.length;
    const name = Number(table.dataset.name);
    let rows =
      data === null
        ? Array.from(body.rows, rowOfElement)
        : JSON.parse(data.textContent).map((row) => rowOfData(row, name));
    let visible = rows;
    let asked = null;
    let first = 0;
    let stale = data !== null;
    const here = around(table);
    const fold = table.closest("details");
    const pager = document.createElement("div");
    const told = document.createElement("output");
    const turns = [
      [made("button", "Previous"), -1],
      [made("button", "Next"), 1],
    ];

    const draw = () => {
      stale = fold !== null && !fold.open;
      if (stale) {
        return;
      }
      const shown = visible.slice(first, first + size);
      body.replaceChildren(...shown.map((row) => row.element()));
      if (data === null) {
        return;
      }
      shown.forEach((row, place) => {
        row.element().setAttribute("aria-rowindex", String(above + first + place + 1));
      });
      table.setAttribute("aria-rowcount", String(above + visible.length));
      const last = first + shown.length;
      const count = visible.length.toLocaleString("en");
      told.textContent = shown.length > 0 ? `rows ${first + 1} to ${last} of ${count}` : "no rows";
      turns[0][0].disabled = first === 0;
      turns[1][0].disabled = last >= visible.length;
    };
    const choose = () => {
      visible = asked === null ? rows : rows.filter((row) => matches(row.facets, row.text, here, asked));
      first = 0;
      draw();
    };
    const sort = (column, sign) => {
      const keyed = rows.map((row) => [row.key(column), row]);
      keyed.sort((one, other) => compare(one[0], other[0], sign));
      rows = keyed.map((pair) => pair[1]);
      choose();
    };

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
        sort(column, upwards ? 1 : -1);
      });
    });
    fold?.addEventListener("toggle", () => stale && draw());
    if (data !== null) {
      pager.className = "pager";
      turns.forEach(([button, step]) => {
        button.type = "button";
        button.addEventListener("click", () => {
          first += step * size;
          draw();
          table.parentElement.scrollTop = 0;
          if (button.disabled) {
            turns.find((turn) => turn[0] !== button)[0].focus();
          }
        });
      });
      pager.append(turns[0][0], told, turns[1][0]);
      table.parentElement.after(pager);
      draw();
    }
    return {
      table,
      ask(question) {
        asked = question;
        choose();
        table.closest(".part").hidden = visible.length === 0;
        return [visible.length, rows.length];
      },
      drawIfStale: () => stale && draw(),
    };
  };

  const tables = Array.from(document.querySelectorAll("table.sortable"), boardOf);
  const boards = tables.filter((board) => board.table.classList.contains("board"));

  const filter = document.getElementById("filter");
  if (filter === null) {
    return;
  }
  const input = document.getElementById("filter-words");
  const told = document.getElementById("filter-told");
  const selects = [...filter.querySelectorAll("select")];
  const cards = Array.from(document.querySelectorAll("[data-card]"), (card) => [card, around(card)]);
  const groups = [...document.querySelectorAll("[data-group]")];
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/u).filter(Boolean);
    const chosen = selects
      .filter((select) => select.value)
      .map((select) => [select.dataset.facet, select.value]);
    const asked = words.length > 0 || chosen.length > 0 ? { words, chosen } : null;
    let shown = 0;
    let all = 0;
    for (const board of boards) {
      const [some, every] = board.ask(asked);
      shown += some;
      all += every;
    }
    for (const [card, here] of cards) {
      card.hidden = asked !== null && !matches({}, card.dataset.card.toLowerCase(), here, asked);
    }
    for (const group of groups) {
      group.hidden = group.querySelector(".part:not([hidden]), [data-card]:not([hidden])") === null;
    }
    told.textContent = asked === null ? "" : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")} rows`;
  };
  input.addEventListener("input", apply);
  selects.forEach((select) => select.addEventListener("change", apply));
  document.getElementById("filter-clear").addEventListener("click", () => {
    input.value = "";
    selects.forEach((select) => {
      select.value = "";
    });
    apply();
    input.focus();
  });
  filter.hidden = false;
  globalThis.addEventListener("beforeprint", () => boards.forEach((board) => board.drawIfStale()));
})();
