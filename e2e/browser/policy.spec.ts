import { confess, expect, test } from './test.ts'

test('the built page carries the strict policy', async ({ page, lab }) => {
  await page.goto(lab)
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toMatch(/unsafe-eval|blob:|https?:|\*/)
})

// The watch that every test relies on must itself be able to fail.
test('an inline script is stopped and reported', async ({ page, context, lab, offences }) => {
  await page.goto(lab)
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "inline"'
    document.body.append(script)
  })
  await expect.poll(() => offences.violations.length).toBeGreaterThan(0)
  expect(await page.title()).not.toBe('inline')
  const { violations } = await confess(context, offences)
  expect(violations[0]).toContain('script-src')
})

test('text does not turn into code', async ({ page, context, lab, offences }) => {
  await page.goto(lab)
  await page.evaluate(() => {
    // oxlint-disable-next-line no-implied-eval -- this is what the policy must stop
    setTimeout('document.title = "evaluated"', 0)
  })
  await expect.poll(() => offences.violations.length).toBeGreaterThan(0)
  expect(await page.title()).not.toBe('evaluated')
  await confess(context, offences)
})

test('another origin is out of reach', async ({ page, context, lab, offences }) => {
  await page.goto(lab)
  const outcome = await page.evaluate(() =>
    fetch('http://192.0.2.1/').then(
      () => 'answered',
      () => 'refused',
    ),
  )
  expect(outcome).toBe('refused')
  await expect.poll(() => offences.violations.length).toBeGreaterThan(0)
  const { violations, foreign } = await confess(context, offences)
  expect(violations[0]).toContain('connect-src')
  expect(foreign).toEqual([])
})

test('a request that the policy would not stop is seen all the same', async ({ page, context, lab, offences }) => {
  await page.goto(lab)
  await page.evaluate(() => window.open('http://192.0.2.1/'))
  await expect.poll(() => offences.foreign).toEqual(['http://192.0.2.1/'])
  await confess(context, offences)
})

// A worker does not live under the page's policy but under its own response's; the watch covers it all the same.
test('a request out of a worker is seen', async ({ page, context, lab, offences }) => {
  const script = `${lab}assets/worker-of-this-test.js`
  const body = "fetch('http://192.0.2.1/').catch(() => undefined)"
  await context.route(script, (route) => route.fulfill({ contentType: 'text/javascript', body }))
  await page.goto(lab)
  await page.evaluate((url) => void new Worker(url, { type: 'module' }), script)
  await expect.poll(() => offences.foreign).toEqual(['http://192.0.2.1/'])
  await confess(context, offences)
})
