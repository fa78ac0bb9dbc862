/** Our own pages, shown where the real images show theirs. */
export const NGINX_INDEX = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page is served by the simulated nginx of a Hopscope lab.</p>
</body>
</html>
`

export const HTTPD_INDEX = '<html><body><h1>It works! (simulated httpd)</h1></body></html>\n'

export const errorPage = (status: number, reason: string, server: string): string =>
  `<html>\r\n<head><title>${status} ${reason}</title></head>\r\n<body>\r\n<center><h1>${status} ${reason}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`
