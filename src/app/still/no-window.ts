/** As much of a window as the page's modules look at while they are loaded: the build has none. Sizes come when there is one (`show.ts`). */
const standIns = { window: { innerWidth: 1280, innerHeight: 800 }, navigator: { languages: ['en'] } }
for (const name of Object.keys(standIns) as (keyof typeof standIns)[])
  if (!(name in globalThis)) Object.assign(globalThis, { [name]: standIns[name] })
