// A form with a start and an end: the end goes with the start, so that it stays as long as it was, for
// as long as nobody has typed the end. Without script both are typed.

const minutes = ({ value }) => Number(value.slice(0, 2)) * 60 + Number(value.slice(3, 5));

for (const form of document.forms) {
  const { starts, ends } = form.elements;
  if (starts?.type !== "time" || ends?.type !== "time") continue;
  const length = starts.value && ends.value ? minutes(ends) - minutes(starts) : 0;
  let isTyped = length <= 0;
  ends.addEventListener("input", () => (isTyped = true));
  starts.addEventListener("input", () => {
    const end = minutes(starts) + length;
    if (isTyped || !starts.value || end >= 24 * 60) return;
    const two = (number) => String(number).padStart(2, "0");
    ends.value = `${two(Math.floor(end / 60))}:${two(end % 60)}`;
  });
}
