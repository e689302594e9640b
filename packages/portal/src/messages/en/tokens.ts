/** English texts of the API pages. */
export const tokens = {
  title: 'API Overview',
} as const;
