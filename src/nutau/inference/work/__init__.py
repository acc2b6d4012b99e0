"""Work that repeats: tasks with results that depend on nothing else, done here or by the workers of a Dask cluster.

Knows nothing of physics. :func:`mapped` does tasks, :class:`Work` keeps what is finished in a folder,
:func:`working` opens a cluster for both.
"""

from __future__ import annotations

from nutau.inference.work.cluster import Cluster as Cluster
from nutau.inference.work.cluster import workers as workers
from nutau.inference.work.cluster import working as working
from nutau.inference.work.keeping import HERE as HERE
from nutau.inference.work.keeping import Arrays as Arrays
from nutau.inference.work.keeping import Work as Work
from nutau.inference.work.mapped import in_order as in_order
from nutau.inference.work.mapped import mapped as mapped
