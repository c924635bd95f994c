type Writer = (date: Date, culture: Names) => string;

interface Names {
  readonly months: readonly string[];
  readonly days: readonly string[];
}

const INVARIANT: Names = {
  months:
    "January February March April May June July August September October November December".split(
      " ",
    ),
  days: "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" "),
};

/** .NET's custom format letters in UTC; a run of one letter is one item. */
const WRITERS: Readonly<Record<string, Writer>> = {
  yyyy: (date) => pad(date.getUTCFullYear(), 4),
  yyy: (date) => pad(date.getUTCFullYear(), 3),
  yy: (date) => pad(date.getUTCFullYear() % 100, 2),
  y: (date) => String(date.getUTCFullYear() % 100),
  MMMM: (date, { months }) => months[date.getUTCMonth()] ?? "",
  MMM: (date, { months }) => (months[date.getUTCMonth()] ?? "").slice(0, 3),
  MM: (date) => pad(date.getUTCMonth() + 1, 2),
  M: (date) => String(date.getUTCMonth() + 1),
  dddd: (date, { days }) => days[date.getUTCDay()] ?? "",
  ddd: (date, { days }) => (days[date.getUTCDay()] ?? "").slice(0, 3),
  dd: (date) => pad(date.getUTCDate(), 2),
  d: (date) => String(date.getUTCDate()),
  HH: (date) => pad(date.getUTCHours(), 2),
  H: (date) => String(date.getUTCHours()),
  hh: (date) => pad(date.getUTCHours() % 12 || 12, 2),
  h: (date) => String(date.getUTCHours() % 12 || 12),
  mm: (date) => pad(date.getUTCMinutes(), 2),
  m: (date) => String(date.getUTCMinutes()),
  ss: (date) => pad(date.getUTCSeconds(), 2),
  s: (date) => String(date.getUTCSeconds()),
  tt: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  t: (date) => (date.getUTCHours() < 12 ? "A" : "P"),
  K: () => "Z",
  zzz: () => "+00:00",
  zz: () => "+00",
  z: () => "+0",
};

/** The standard formats that a file name can hold; alone, a letter means one of these. */
const STANDARD: Readonly<Record<string, string>> = {
  s: "yyyy-MM-ddTHH:mm:ss",
  o: "yyyy-MM-ddTHH:mm:ss.fffffffK",
  O: "yyyy-MM-ddTHH:mm:ss.fffffffK",
  u: "yyyy-MM-dd HH:mm:ssZ",
};

const ITEM = /'([^']*)'|\\(.)|([A-Za-z])\3*|[^A-Za-z]/g;

/**
 * @param format such as `yyyy-MM-dd`
 * @throws if it has a letter that stands for nothing known here
 */
export function formatDate(date: Date, format: string): string {
  return (STANDARD[format] ?? format).replaceAll(
    ITEM,
    (item: string, quoted?: string, escaped?: string) =>
      quoted ?? escaped ?? writeItem(date, item, format),
  );
}

function writeItem(date: Date, item: string, format: string): string {
  if (!/^[A-Za-z]/.test(item)) return item;
  if (/^f+$/i.test(item)) return fraction(date, item.length);
  // .NET copies letters that mean nothing, as the "T" and "Z" of ISO 8601.
  if (/^[TZ]+$/.test(item)) return item;
  const write = WRITERS[item];
  if (!write) throw new Error(`'${item}' in the date format '${format}' is not known.`);
  return write(date, INVARIANT);
}

/** .NET counts in ticks of 100 ns: seven digits. */
function fraction(date: Date, digits: number): string {
  return `${pad(date.getUTCMilliseconds(), 3)}0000`.slice(0, digits);
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
