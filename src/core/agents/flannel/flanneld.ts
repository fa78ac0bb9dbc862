/**
 * flanneld (in progress).
 */
export {}
