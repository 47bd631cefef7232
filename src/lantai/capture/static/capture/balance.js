// The two sides of a voucher, added up while its entries are typed; in hundredths, so that nothing is lost.
const line = document.querySelector("[data-balance]");
const rows = document.querySelector("[data-rows=entries]");

function cents(field) {
  const [, minus, whole, part] = /^\s*(-?)(\d+)(?:\.(\d{1,2}))?\s*$/.exec(field.value) ?? [];
  if (whole === undefined) return 0n;
  const value = BigInt(whole) * 100n + BigInt((part ?? "").padEnd(2, "0"));
  return minus ? -value : value;
}
const sum = (side) => [...rows.querySelectorAll(`[name$=-${side}]`)].reduce((total, field) => total + cents(field), 0n);
const money = (total) => `${total / 100n}.${String(total % 100n).replace("-", "").padStart(2, "0")}`;

function add() {
  const [debit, credit] = [sum("debit"), sum("credit")];
  line.hidden = !debit && !credit;
  const state = document.createElement("span");
  state.className = `state ${debit === credit ? "good" : "wait"}`;
  state.textContent = debit === credit ? line.dataset.equal : line.dataset.unequal;
  line.replaceChildren(line.dataset.balance.replace("%s", money(debit)).replace("%s", money(credit)), " ", state);
}

if (line) {
  rows.addEventListener("input", add);
  add();
}
