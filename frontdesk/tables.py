"""All tables of the front desk, gathered for the migrations."""

from typing import Final

from frontdesk import audit
from frontdesk.bookings import models as bookings
from frontdesk.conversations import models as conversations
from frontdesk.database import Base
from frontdesk.handovers import models as handovers
from frontdesk.staff import models as staff

TABLES: Final = (audit, bookings, conversations, handovers, staff)
metadata = Base.metadata
