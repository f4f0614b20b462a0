using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.AppHost.Infrastructure.Commands;
using Shop.Visitors.Plans;
using Shop.Visitors.Walking;

namespace Shop.AppHost.Infrastructure;

/// <summary>Adds simulated visitors.</summary>
internal static class VisitorExtensions
{
    private const string Project = "../bench/Shop.Visitors/Shop.Visitors.csproj";

    // For a start in the dashboard.
    private const int DefaultVisitsPerMinute = 30;

    // A choice beside the faults of visitors.
    private const string DeclinedCard = "DeclinedCard";

    // Short, because the command in the dashboard waits for the order; not zero, so that the spans of the visit are apart in time.
    private static readonly TimeSpan _thinkingTime = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Adds the resource <c>visitors</c>, and commands of the storefront that make one visit. With <c>--with-visitors</c> the visitors
    /// start with the application. In Development and with that option, the storefront simulates faults for them. Nothing of it is
    /// published.
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
        var isDevelopment = builder.Environment.IsDevelopment();
        var rate = visits ?? DefaultVisitsPerMinute;
        var visitors = builder.AddProject("visitors", Project)
            .WithArgs(context =>
            {
                foreach (var argument in (object[])
                [
                    "--address", storefront.GetEndpoint("http"),
                    "--rate", rate.ToString(CultureInfo.InvariantCulture),
                    "--faults", visits is not null || isDevelopment ? "all" : "browser",
                ])
                {
                    context.Args.Add(argument);
                }
            })
            .WaitFor(storefront);
        if (visits is null)
        {
            visitors.WithExplicitStart();
        }

        if (visits is not null || isDevelopment)
        {
            storefront.WithEnvironment("SyntheticVisitors__Enabled", "true");
            // All visitors register from one address.
            identity.WithEnvironment("Identity__AttemptsPerMinute", "1000");
        }

        visitors.WithCommand(
            "visit",
            "Start with a rate",
            context =>
            {
                rate = context.Arguments.GetInt32("rate");
                var isRunning = context.Services.GetRequiredService<ResourceNotificationService>()
                    .TryGetCurrentState(context.ResourceName, out var current)
                    && current.Snapshot.State?.Text == KnownResourceStates.Running;
                return context.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(
                    context.ResourceName,
                    isRunning ? KnownResourceCommands.RestartCommand : KnownResourceCommands.StartCommand,
                    context.CancellationToken);
            },
            new CommandOptions
            {
                Description = "Starts the visitors, or starts them again, with a number of visits per minute.",
                IconName = "PeopleTeam",
                Arguments =
                [
                    new()
                    {
                        Name = "rate",
                        Label = "Visits per minute",
                        InputType = InputType.Number,
                        Value = DefaultVisitsPerMinute.ToString(CultureInfo.InvariantCulture),
                        Required = true,
                    },
                ],
                ValidateArguments = static context =>
                {
                    if (!int.TryParse(context.Inputs["rate"].Value, CultureInfo.InvariantCulture, out var value)
                        || value is < 1 or > CommandLineOptions.MaxVisitsPerMinute)
                    {
                        context.AddValidationError(
                            context.Inputs["rate"], $"Must be a number from 1 to {CommandLineOptions.MaxVisitsPerMinute}.");
                    }

                    return Task.CompletedTask;
                },
            });
        storefront.WithCommand(
            "buy-something",
            "Buy something",
            context => BuyAsync(storefront.GetEndpoint("http"), context.CancellationToken),
            new CommandOptions
            {
                Description = "Makes one simulated visit that buys a product, and returns the number of the order.",
                IconName = "Cart",
                UpdateState = StaffCommandExtensions.EnabledWhenHealthy,
            });
        if (isDevelopment)
        {
            AddFaultCommand(storefront);
        }
    }

    private static void AddFaultCommand(IResourceBuilder<ProjectResource> storefront) => storefront.WithCommand(
        "simulate-fault",
        "Simulate a fault",
        context => CauseAsync(storefront.GetEndpoint("http"), context.Arguments.GetString("fault")!, context.CancellationToken),
        new CommandOptions
        {
            Description = "Makes one simulated visit with a fault, and returns the trace of the request that shows it.",
            IconName = "Bug",
            Arguments =
            [
                new()
                {
                    Name = "fault",
                    Label = "What goes wrong",
                    InputType = InputType.Choice,
                    Options =
                    [
                        new(DeclinedCard, "The card is declined"),
                        .. RunPlan.AllFaults.Select(fault => KeyValuePair.Create($"{fault}", Describe(fault))),
                    ],
                    Value = DeclinedCard,
                    Required = true,
                },
            ],
            UpdateState = StaffCommandExtensions.EnabledWhenHealthy,
        });

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

    private static async Task<ExecuteCommandResult> CauseAsync(
        EndpointReference shop, string fault, CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next();
        var plan = Enum.TryParse<FaultKind>(fault, out var kind)
            ? RunPlan.CreateFault(seed, kind)
            : RunPlan.CreatePurchase(seed) with { CardIsDeclined = true };
        using var run = new VisitorRun(new Uri(shop.Url), new RunPlan(0, 1, []), _thinkingTime);
        var visit = await run.MakeVisitAsync(plan, cancellationToken);
        return (visit.Failures, visit.Faults, visit.Orders) switch
        {
            ([var failure, ..], _, _) => CommandResults.Failure($"{failure.Request}: {failure.Reason}"),
            (_, [var caused, ..], _) => CommandResults.Success($"{caused.Cause}: trace {caused.TraceId}"),
            (_, _, [var order, ..]) => CommandResults.Success($"Order {order.OrderId}: {order.Status}"),
            _ => CommandResults.Failure("Everything is sold out."),
        };
    }

    private static string Describe(FaultKind fault) => fault switch
    {
        FaultKind.SlowSignIn => "The sign-in is slow",
        FaultKind.GatewayTimeout => "A gateway answers 504 in place of the catalog",
        FaultKind.NameResolution => "The name of Identity cannot be resolved",
        FaultKind.ConnectTimeout => "Cart accepts no connection while the order is placed",
        FaultKind.LostRedirect => "The browser does not follow a redirect",
        FaultKind.ThirdPartyScript => "A script of another site does not load",
        FaultKind.RedirectWithoutCallback => "The visitor does not come back from the sign-in",
        _ => fault.ToString(),
    };
}
