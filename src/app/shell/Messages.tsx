import { useI18n } from '../state/i18n.ts'
import { hideBanner } from '../state/page.ts'
import { usePage } from '../state/stores.ts'
import { Banner } from '../ui/Banner.tsx'

export function PageBanner() {
  const { t, text } = useI18n()
  const banner = usePage((state) => state.banner)
  if (!banner) return null
  return (
    <Banner tone={banner.tone} closeLabel={t('ui.close')} onClose={hideBanner}>
      {text(banner.text.key, banner.text.params)}
    </Banner>
  )
}

export function Toast() {
  const toast = usePage((state) => state.toast)
  return (
    <div role="status" aria-live="polite">
      {toast && <div className="toast">{toast}</div>}
    </div>
  )
}
