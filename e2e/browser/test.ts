import { test as base, expect, type BrowserContext } from '@playwright/test'

export { expect }

/** What a page did that it must not do. A test fails when it ends with anything in here. */
export interface Offences {
  /** Errors on the console, and exceptions that nobody caught. */
  readonly errors: string[]
  /** Reports of the content security policy: directive and what it stopped. */
  readonly violations: string[]
  /** Requests to another origin. They are stopped, too. */
  readonly foreign: string[]
}

/** Where the built page is served; a test goes to `lab`, or to `lab + '#…'`. */
const pageUrl = (): string => {
  const url = process.env['HOPSCOPE_URL']
  if (!url) throw new Error('HOPSCOPE_URL is not set: start the tests with playwright.config.ts')
  return url
}

/**
 * The test function of all browser tests. Every page in it is watched: an error on the console, a report of the content
 * security policy or a request to another origin fails the test. A test that provokes one takes it out of `offences` itself.
 */
export const test = base.extend<{ lab: string; offences: Offences }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that a function needs from this pattern
  lab: async ({}, use) => {
    await use(pageUrl())
  },
  offences: [
    async ({ context }, use) => {
      const offences: Offences = { errors: [], violations: [], foreign: [] }
      await watch(context, offences)
      await use(offences)
      expect(offences, 'the page kept to its own origin and policy, without errors').toEqual({
        errors: [],
        violations: [],
        foreign: [],
      })
    },
    { auto: true },
  ],
})

async function watch(context: BrowserContext, offences: Offences): Promise<void> {
  const { origin } = new URL(pageUrl())
  await context.route(
    (url) => /^https?:|^wss?:/.test(url.protocol) && url.origin !== origin,
    async (route) => {
      offences.foreign.push(route.request().url())
      await route.abort()
    },
  )
  await context.exposeBinding('reportViolation', (_source, report: string) => {
    offences.violations.push(report)
  })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = `${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`.trim()
      const page = globalThis as unknown as { reportViolation(report: string): void }
      page.reportViolation(report)
    })
  })
  context.on('weberror', (error) => offences.errors.push(`uncaught: ${error.error().message}`))
  context.on('console', (message) => {
    if (message.type() === 'error') offences.errors.push(`${message.text()} (${message.location().url})`)
  })
}

/**
 * Takes out and answers what the pages were caught at, for tests that provoke it. Closes them first: what they have reported by
 * then has arrived, and nothing comes after.
 */
export async function confess(context: BrowserContext, offences: Offences): Promise<Offences> {
  for (const page of context.pages()) await page.close()
  return {
    errors: offences.errors.splice(0),
    violations: offences.violations.splice(0),
    foreign: offences.foreign.splice(0),
  }
}
