using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.Contracts.Journeys;
using Shop.Storefront.SyntheticVisitors;
using Shop.Telemetry.Journeys;
using Shop.Web.Sessions;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Shop.Storefront.Canary;

/// <summary>The version that a request gets from the service with the canary, and the step in which it was chosen.</summary>
internal sealed class CanaryChoice(CanaryStep step, ulong session)
{
    public CanaryStep Step { get; } = step;

    /// <summary>The hash of the session.</summary>
    public ulong Session { get; } = session;

    public CanaryTrack Track { get; } = step.GetTrack(session);

    /// <summary>Whether a replica of the canary got the request.</summary>
    public bool IsSentToCanary { get; set; }
}

/// <summary>Chooses the version that a request gets, by its session, and finds the replicas of the canary.</summary>
internal sealed class CanaryRouter(CanaryRollout rollout, IProxyStateLookup proxy, IOptions<CanaryOptions> options)
{
    /// <summary>
    /// Returns the version that the request gets, the same for all its calls, and makes it part of the journey; null if the request is not
    /// compared: without a session, with a simulated fault, and while the canary gets no sessions.
    /// </summary>
    public CanaryChoice? Choose(HttpContext context)
    {
        if ((rollout.Step ?? Start()) is not { } step)
        {
            return null;
        }

        if (Find(context) is { } chosen)
        {
            return chosen;
        }

        if (context.Features.Get<VisitorSession>() is not { } session || context.Items.ContainsKey(typeof(Fault)))
        {
            return null;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(session.SessionId));
        var choice = new CanaryChoice(step, BinaryPrimitives.ReadUInt64BigEndian(hash));
        context.Items[typeof(CanaryChoice)] = choice;
        JourneyContext.Set(ShopJourneyKeys.ReleaseTrack, choice.Track is CanaryTrack.Canary ? "canary" : "baseline");
        return choice;
    }

    /// <summary>Returns the choice that was made for a request, if any.</summary>
    public static CanaryChoice? Find(HttpContext context) => context.Items[typeof(CanaryChoice)] as CanaryChoice;

    /// <summary>
    /// Returns the addresses of the canary's replicas that pass their health check, in random order. Without one, the request goes to the
    /// baseline.
    /// </summary>
    public IReadOnlyList<Uri> FindReplicas()
    {
        var replicas = FindHealthyReplicas(options.Value.Name!).ToArray();
        if (replicas.Length == 0)
        {
            rollout.OnUnhealthy(FindHealthyReplicas(options.Value.Service!).Any());
            return [];
        }

        rollout.OnHealthy();
        Random.Shared.Shuffle(replicas);
        return replicas;
    }

    private CanaryStep? Start()
    {
        if (FindHealthyReplicas(options.Value.Name!).Any())
        {
            rollout.OnHealthy();
        }

        return rollout.Step;
    }

    private IEnumerable<Uri> FindHealthyReplicas(string service) =>
        proxy.TryGetCluster(service, out var cluster)
            ? cluster.Destinations.Values
                .Where(replica => replica.Health.Active is DestinationHealth.Healthy)
                .Select(replica => new Uri(replica.Model.Config.Address))
            : [];
}
