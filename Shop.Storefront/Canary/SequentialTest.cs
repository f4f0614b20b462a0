namespace Shop.Storefront.Canary;

/// <summary>
/// Tests, after each observation, whether sessions of the canary meet a fault more often than those of the baseline.
/// </summary>
/// <remarks>
/// <para>
/// Given that a session meets a fault, it is one of the canary with the probability of the canary's share, if both versions fail equally
/// often. How often they fail does not matter, so it need not be estimated, and no number of requests is too small. This is the binomial
/// form of sequential safety tests (Kulldorff et al., "A Maximized Sequential Probability Ratio Test for Drug and Vaccine Safety
/// Surveillance", Sequential Analysis 30, 2011).
/// </para>
/// <para>
/// The evidence is the mean of the likelihood ratios of canaries that fail 3 to 1,000 times as often (a mixture SPRT: Robbins, "Statistical
/// Methods Related to the Law of the Iterated Logarithm", Annals of Mathematical Statistics 41, 1970). While the canary fails at most
/// <see cref="Tolerance"/> times as often as the baseline, the evidence is a supermartingale that starts at 1, so by Ville's inequality it
/// ever reaches 1 / level with at most the probability level, however often one looks.
/// </para>
/// <para>
/// The observations must be independent: one for each session, not for each request. Faults at the same time are not: a process that
/// stalls fails all the requests that it has, and a machine that stalls those of both versions, of which the busier one answers last. So
/// in one interval at most a third of the faults of the canary count that reject it if the baseline has none. Those of the baseline all
/// count. Faults of the canary that do not count, by what was seen before, make its rejection less probable only.
/// </para>
/// </remarks>
internal sealed class SequentialTest
{
    /// <summary>How many times as often the canary may fail.</summary>
    public const double Tolerance = 1.5;

    private static readonly double[] _ratios = [3, 10, 30, 100, 1000];

    private readonly (double Canary, double Baseline)[] _factors;
    private readonly double[] _logarithms = new double[_ratios.Length];
    private readonly double _limit;
    private readonly int _maxFaults;
    private int _faults;

    /// <summary>Creates a test.</summary>
    /// <param name="share">The share of the sessions that the canary gets, between 0 and 1.</param>
    /// <param name="level">The probability that a canary which is as good as the baseline is ever rejected, at most.</param>
    public SequentialTest(double share, double level)
    {
        var allowed = GetProbability(share, Tolerance);
        _factors =
        [
            .. from ratio in _ratios
               let probability = GetProbability(share, ratio)
               select (Math.Log(probability / allowed), Math.Log((1 - probability) / (1 - allowed))),
        ];
        _limit = 1 / level;
        var rejecting = Enumerable.Range(1, int.MaxValue)
            .First(faults => _factors.Average(factor => Math.Exp(faults * factor.Canary)) >= _limit);
        _maxFaults = Math.Max(1, rejecting / 3);
    }

    /// <summary>How many times as likely the observations are if the canary fails more often.</summary>
    public double Evidence => _logarithms.Average(Math.Exp);

    /// <summary>Whether the canary fails more often.</summary>
    public bool IsRejected => Evidence >= _limit;

    /// <summary>Begins the next interval.</summary>
    public void BeginInterval() => _faults = 0;

    /// <summary>Adds a session that has met a fault.</summary>
    /// <param name="track">The version that the session got.</param>
    public void Add(CanaryTrack track)
    {
        if (track is CanaryTrack.Canary && ++_faults > _maxFaults)
        {
            return;
        }

        for (var i = 0; i < _factors.Length; i++)
        {
            _logarithms[i] += track is CanaryTrack.Canary ? _factors[i].Canary : _factors[i].Baseline;
        }
    }

    // The probability that a session with a fault is one of the canary, which fails this many times as often.
    private static double GetProbability(double share, double ratio) => share * ratio / (share * ratio + 1 - share);
}
