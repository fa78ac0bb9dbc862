/**
 * Extensions that are kept as text and not evaluated: nft shows them all the same. Of quota, connbytes and time the translation is known
 * here; the others print as nft prints what it cannot translate.
 */
export function unmodelledMatch(name: string, text: string): string {
  const given = (option: string): string | undefined => new RegExp(`--${option} (\\S+)`).exec(text)?.[1]
  const inverted = / ! --/.test(text)
  const known =
    name === 'quota'
      ? quota(given('quota'), inverted)
      : name === 'connbytes'
        ? connbytes(given('connbytes'), given('connbytes-mode'), given('connbytes-dir'), inverted)
        : name === 'time'
          ? hours(text, given('timestart'), given('timestop'))
          : null
  return known ?? `xt match ${name}`
}

const quota = (bytes: string | undefined, inverted: boolean): string | null =>
  bytes === undefined ? null : `quota ${inverted ? 'over ' : ''}${bytes} bytes`

function connbytes(
  limits: string | undefined,
  mode: string | undefined,
  dir: string | undefined,
  inverted: boolean,
): string | null {
  if (limits === undefined || mode === undefined || dir === undefined) return null
  const [from = '', to = ''] = limits.split(':')
  const side = dir === 'both' ? '' : `${dir} `
  if (to !== '') return `ct ${side}${mode} ${inverted ? '!= ' : ''}${from}-${to}`
  return `ct ${side}${mode} ${inverted ? 'lt' : 'ge'} ${from}`
}

/** Of a daily time alone; with a date or days of the week there is more to it. The blank in front is the real tool's. */
function hours(text: string, start: string | undefined, stop: string | undefined): string | null {
  if (/--(date|weekdays|monthdays|contiguous|kerneltz)/.test(text) || (start === undefined && stop === undefined))
    return null
  const whole = (time: string): string => (/^\d+:\d+$/.test(time) ? `${time}:00` : time)
  return ` meta hour "${whole(start ?? '00:00:00')}"-"${whole(stop ?? '23:59:59')}"`
}
