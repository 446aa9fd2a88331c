// Where alerts of the past are: at their asset's mark then, at their contact, or where they were raised.

import { Places } from "../watch/alert_places.js";

export class PastPlaces extends Places {
  of(alert) {
    const now = super.of(alert);
    if (now) return now;
    return alert.longitude === null ? null : [alert.longitude, alert.latitude];
  }
}
