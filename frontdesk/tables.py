"""All tables of the front desk, gathered for the migrations."""

from typing import Final

from frontdesk import audit
from frontdesk.bookings import models as bookings
from frontdesk.conversations import models as conversations
from frontdesk.database import Base
from frontdesk.handovers import models as handovers
from frontdesk.sms import models as sms
from frontdesk.staff import models as staff

TABLES: Final = (audit, bookings, conversations, handovers, sms, staff)
metadata = Base.metadata
