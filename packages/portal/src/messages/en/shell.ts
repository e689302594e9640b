/** English texts around every page: header, menus, whole-page notices. `portal_name` stands until the server has told its own. */
export const shell = {
  portal_name: 'Service Portal AI',
  without_javascript: 'This portal needs JavaScript. Turn it on for this address and reload.',
  page_title: '{{page}} · {{portal}}',
  skip_to_content: 'Skip to content',
  home: '{{portal}}, home',
  loading: 'Loading…',
  close: 'Close',
  just_now: 'just now',
  menu: {
    my_profile: 'My Profile',
    api: 'API',
    sign_out: 'Sign Out',
  },
  signing_out: 'Signing out…',
  sign_out_failed: 'You are still signed in',
  scheme: {
    label: 'Colour scheme',
    light: 'Light',
    dark: 'Dark',
    auto: 'System',
  },
  account_changed: {
    title: 'You are now signed in as {{name}}',
    what: 'This window was open for another account. It has done nothing for this one. Go on as {{email}}.',
    go_on: 'Go on',
  },
  not_found: {
    title: 'Page not found',
    what: 'There is no page at {{path}}.',
    next: 'Check the address, or go back to the start.',
    home: 'Go to the start',
  },
  elsewhere: {
    title: 'Open this portal at its own address',
    what: 'You opened it at {{here}}, but it belongs at {{there}}. Signing in would be refused here.',
    link: 'Open this portal at {{there}}',
  },
  crashed: {
    title: 'This page stopped working',
    what: 'Something in the page itself failed. What you saved before is safe; what you were typing is gone.',
    next: 'Reload the page. If it happens again, tell the operator of this portal what you did.',
    stale_title: 'This page could not be loaded',
    stale_what:
      'A part of the portal did not arrive. The portal may just have been updated, or the connection broke.',
    stale_next: 'Reload the page.',
    secret:
      'The secret that you were shown is still here, and only here: copy it now. It is gone when you reload.',
    reload: 'Reload',
    details: 'Details for the operator',
  },
  unreachable: {
    title: 'The portal does not answer',
    retry: 'Try again',
  },
} as const;
