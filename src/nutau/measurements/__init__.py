"""Measurements: what experiments found, as records; their likelihoods; data sets that count nothing twice.

May import ``common`` and ``eft``. Start at :mod:`nutau.measurements.records`.
"""

from __future__ import annotations

from nutau.measurements.catalogue import find_measurement as find_measurement
from nutau.measurements.catalogue import find_projection as find_projection
from nutau.measurements.catalogue import measurements as measurements
from nutau.measurements.catalogue import projections as projections
from nutau.measurements.centres import inferred as inferred
from nutau.measurements.centres import measured as measured
from nutau.measurements.combination import Combination as Combination
from nutau.measurements.combination import combine as combine
from nutau.measurements.datasets import DataSet as DataSet
from nutau.measurements.datasets import dataset_names as dataset_names
from nutau.measurements.datasets import dataset_versions as dataset_versions
from nutau.measurements.datasets import load_dataset as load_dataset
from nutau.measurements.distributions import Counts as Counts
from nutau.measurements.distributions import Gaussian as Gaussian
from nutau.measurements.distributions import JointWorkspace as JointWorkspace
from nutau.measurements.distributions import LikelihoodGrid as LikelihoodGrid
from nutau.measurements.distributions import Observable as Observable
from nutau.measurements.distributions import Reinterpretation as Reinterpretation
from nutau.measurements.distributions import UpperLimits as UpperLimits
from nutau.measurements.distributions import Workspace as Workspace
from nutau.measurements.likelihoods import approximate as approximate
from nutau.measurements.likelihoods import asimov as asimov
from nutau.measurements.likelihoods import chi2 as chi2
from nutau.measurements.likelihoods import covariance as covariance
from nutau.measurements.likelihoods import pull as pull
from nutau.measurements.likelihoods import pulls as pulls
from nutau.measurements.likelihoods import residuals as residuals
from nutau.measurements.likelihoods import restrict as restrict
from nutau.measurements.records import Measurement as Measurement
from nutau.measurements.records import Projection as Projection
