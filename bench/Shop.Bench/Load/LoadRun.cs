using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>Results with one number of replicas.</summary>
/// <param name="Replicas">Number of replicas of each service.</param>
/// <param name="SingleClient">The 202 responses of checkouts by one client, in each round.</param>
/// <param name="SingleClientLowerBound">
/// The same requests to the servers through the client libraries alone, by one client, in the same rounds.
/// </param>
/// <param name="Checkouts">Checkouts by all clients.</param>
/// <param name="Reads">Results by name of the read operation.</param>
/// <param name="LowerBounds">Results by name of the operation on a server.</param>
internal sealed record LoadRun(
    int Replicas,
    IReadOnlyList<LoadResult> SingleClient,
    IReadOnlyList<LoadResult> SingleClientLowerBound,
    CheckoutLoadResult Checkouts,
    Dictionary<string, ScenarioResult> Reads,
    Dictionary<string, ScenarioResult> LowerBounds);
