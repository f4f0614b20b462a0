using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.Visitors.Plans;
using Shop.Visitors.Walking;

namespace Shop.AppHost.Infrastructure;

/// <summary>Adds simulated visitors.</summary>
internal static class VisitorExtensions
{
    private const string Project = "../bench/Shop.Visitors/Shop.Visitors.csproj";

    // For a start in the dashboard.
    private const int DefaultVisitsPerMinute = 30;

    // Short, because the command in the dashboard waits for the order; not zero, so that the spans of the visit are apart in time.
    private static readonly TimeSpan _thinkingTime = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Adds the resource <c>visitors</c>, and a command of the storefront that makes one visit. With <c>--with-visitors</c> the visitors
    /// start with the application, and the storefront simulates faults for them. Nothing of it is published.
    /// </summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="storefront">The service that the visitors visit.</param>
    /// <param name="identity">The service that they register at.</param>
    /// <param name="arguments">The command line.</param>
    public static void AddVisitors(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> storefront,
        IResourceBuilder<ProjectResource> identity,
        string[] arguments)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var visits = CommandLineOptions.Parse(arguments).VisitsPerMinute;
        var visitors = builder.AddProject("visitors", Project)
            .WithArgs(
                "--address", storefront.GetEndpoint("http"),
                "--rate", (visits ?? DefaultVisitsPerMinute).ToString(CultureInfo.InvariantCulture),
                "--faults", visits is null ? "browser" : "all")
            .WaitFor(storefront);
        if (visits is null)
        {
            visitors.WithExplicitStart();
        }
        else
        {
            storefront.WithEnvironment("SyntheticVisitors__Enabled", "true");
            // All visitors register from one address.
            identity.WithEnvironment("Identity__AttemptsPerMinute", "1000");
        }

        storefront.WithCommand(
            "buy-something",
            "Buy something",
            context => BuyAsync(storefront.GetEndpoint("http"), context.CancellationToken),
            new CommandOptions
            {
                Description = "Makes one simulated visit that buys a product, and returns the number of the order.",
                IconName = "Cart",
                UpdateState = static context => context.ResourceSnapshot.HealthStatus is HealthStatus.Healthy
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });
    }

    private static async Task<ExecuteCommandResult> BuyAsync(EndpointReference shop, CancellationToken cancellationToken)
    {
        var plan = RunPlan.CreatePurchase(Random.Shared.Next());
        using var run = new VisitorRun(new Uri(shop.Url), new RunPlan(0, 1, []), _thinkingTime);
        var visit = await run.MakeVisitAsync(plan, cancellationToken);
        return (visit.Failures, visit.Orders) switch
        {
            ([var failure, ..], _) => CommandResults.Failure($"{failure.Request}: {failure.Reason}"),
            (_, [var order]) => CommandResults.Success($"Order {order.OrderId}: {order.Status}"),
            _ => CommandResults.Failure("Everything is sold out."),
        };
    }
}
