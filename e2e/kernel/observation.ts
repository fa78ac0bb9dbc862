/**
 * What one side saw, in the form in which it is compared and kept: named sections of text lines. `p1/eth0 out` is a device and
 * direction; `outcomes`, `rules n1`, `conntrack n1`, `fdb n1`, `neigh n1` are the rest.
 */
export type Observation = ReadonlyMap<string, readonly string[]>

/** A golden: sections in name order, lines below their title. A section equal to an earlier one (both ends of a cable) only names it. */
export function formatObservation(o: Observation, heading: string): string {
  const known = new Map<string, string>()
  const sections = [...o.keys()].sort().map((key) => {
    const text = o
      .get(key)!
      .map((line) => `${line}\n`)
      .join('')
    const same = known.get(text)
    if (same !== undefined) return `== ${key} = ${same}\n`
    known.set(text, key)
    return `== ${key}\n${text}`
  })
  return `# ${heading}\n${sections.join('')}`
}

export function parseObservation(text: string): { readonly heading: string; readonly observation: Observation } {
  const [first = '', ...rest] = text.trimEnd().split('\n')
  const observation = new Map<string, string[]>()
  let section: string[] = []
  for (const line of rest) {
    const title = /^== (.*?)(?: = (.*))?$/.exec(line)
    if (!title) section.push(line)
    else observation.set(title[1]!, (section = [...(observation.get(title[2] ?? '') ?? [])]))
  }
  return { heading: first.slice(2), observation }
}
