using System.Text.Json;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;
using Shop.Insights.Alerts;
using Shop.Insights.Causes;
using Shop.Insights.Correlations;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Experiments;
using Shop.Insights.Funnels;
using Shop.Insights.Jumps;
using Shop.Insights.Map;
using Shop.Insights.Paths;
using Shop.Insights.Quality;
using Shop.Insights.Queries;
using Shop.Insights.Reconciliation;
using Shop.Insights.Sessions;

namespace Shop.Insights.Mcp;

/// <summary>The tools: one for each endpoint of the API. A tool calls the same reader as its endpoint.</summary>
internal static class InsightsTools
{
    /// <summary>What an agent should know before it calls a tool.</summary>
    public const string Instructions =
        "Answers from the journey events and spans of the shop. Journey events are complete. Spans are sampled (failed and slow requests "
        + "are kept up to a limit) and kept for a shorter time than events, so get_causes may miss causes, and the counts of "
        + "get_service_map are estimates. Times are UTC, shares are from 0 to 1, durations are in the unit that their name ends with. "
        + "Without 'from', 'to' and 'last', the range is the last 24 hours. Synthetic visitors (simulated visitors and crawlers) are left "
        + "out unless 'synthetic' is true. To explain lost visitors: get_funnel shows the step at which they are lost, get_causes shows "
        + "why, list_funnel_sessions lists them, and get_session shows the events of one of them with their trace ids.";

    /// <summary>Gets a factory of each tool. Its argument is the JSON options of the API.</summary>
    public static IReadOnlyList<Func<JsonSerializerOptions, McpServerTool>> All { get; } =
    [
        Tool<FunnelParameters, FunnelQuery, FunnelResult>(
            "get_funnel",
            "Counts the sessions or journeys that reach each step of a funnel, with the share that continues, how many are lost between "
            + "two steps, and the median and 90th percentile of the time between them.",
            static (fields, services) => FunnelFields.Read(fields, GetFunnelOptions(services)),
            static (query, _, services, cancellationToken) => Get<FunnelReader>(services).ReadAsync(query, cancellationToken)),
        Tool<FunnelUnitParameters, FunnelUnitQuery, FunnelUnits>(
            "list_funnel_sessions",
            "Lists the latest sessions or journeys that reach a step of a funnel, or with 'lost' those that are lost before it, each "
            + "with the trace id of its last step.",
            static (fields, services) => FunnelUnitQuery.Read(fields, GetFunnelOptions(services)),
            static (query, _, services, cancellationToken) => Get<FunnelReader>(services).ListAsync(query, cancellationToken)),
        Tool<CauseParameters, CauseQuery, CauseResult>(
            "get_causes",
            "Counts why sessions or journeys were lost before a step of a funnel: each has one cause, the first rule that applies to its "
            + "spans and events. Each cause has its share with a 95% interval, and examples with trace ids. For ranges older than the "
            + "retention time of spans, the share of 'none' grows.",
            static (fields, services) => CauseQuery.Read(fields, GetFunnelOptions(services)),
            static (query, _, services, cancellationToken) => Get<CauseReader>(services).ReadAsync(query, cancellationToken)),
        Tool<CauseParameters, CauseQuery, CorrelationResult>(
            "get_correlations",
            "Compares what sessions or journeys had up to the step before, between those that were lost and those that reached the step: "
            + "the odds ratio of each event, value of a property, segment, variant, source and device, with its 95% interval and the "
            + "probability of such a difference by chance, corrected for the number of comparisons. A correlation is no cause.",
            static (fields, services) => CauseQuery.Read(fields, GetFunnelOptions(services)),
            static (query, _, services, cancellationToken) => Get<CorrelationReader>(services).ReadAsync(query, cancellationToken)),
        Tool<PathParameters, PathQuery, PathResult>(
            "get_paths",
            "Counts the sequences of pages that visitors take from a start forwards, or from an end backwards, as the nodes of each step "
            + "and the links between them.",
            static (fields, _) => PathQuery.Read(fields),
            static (query, _, services, cancellationToken) => Get<PathReader>(services).ReadAsync(query, cancellationToken)),
        Tool<SessionParameters, string, SessionView?>(
            "get_session",
            "Returns what happened in one session: its events in order, the first 1,000, with their trace ids and properties.",
            static (fields, _) => SessionParameters.Read(fields),
            static async (sessionId, fields, services, cancellationToken) =>
            {
                var session = await Get<SessionReader>(services).ReadAsync(sessionId, cancellationToken);
                if (session is null)
                {
                    fields.AddError(SessionParameters.SessionIdName, SessionEndpoints.Unknown);
                }

                return session;
            }),
        Tool<JumpParameters, JumpQuery, JumpResult>(
            "get_jumps",
            "Counts redirects and refused requests by the routes that they connect, with their rate per minute and whether the visitors "
            + "arrived, up to 200 pairs.",
            static (fields, _) => JumpQuery.Read(fields),
            static (query, _, services, cancellationToken) => Get<JumpReader>(services).ReadAsync(query, cancellationToken)),
        Tool<RangeParameters, EventScope, AlertResult>(
            "get_alerts",
            "Lists the alerts that are pending or firing now, and those that ended in the range, with the figures that explain them.",
            static (fields, _) => fields.GetScope(),
            static (scope, _, services, cancellationToken) => Get<AlertReader>(services).ReadAsync(scope, cancellationToken)),
        Tool<ExperimentParameters, ExperimentQuery, ExperimentResult>(
            "get_experiments",
            "Compares the variants of each A/B experiment: conversion rates with 95% intervals, tests whether they differ and whether the "
            + "units are divided as expected, and the paths that visitors walk.",
            static (fields, services) => ExperimentQuery.Read(fields, GetFunnelOptions(services)),
            static (query, _, services, cancellationToken) => Get<ExperimentReader>(services).ReadAsync(query, cancellationToken)),
        Tool<CandidateParameters, CandidateQuery, CandidateResult>(
            "get_critical_route_candidates",
            "Finds the pages and events after which sessions or journeys convert more often than others, by lift, support and confidence, "
            + "with the rule that marks each as a critical route. Candidates are those that no rule marks. An association is no cause.",
            static (fields, services) => CandidateQuery.Read(fields, Get<IOptions<CriticalRouteCandidateOptions>>(services).Value),
            static (query, _, services, cancellationToken) => Get<CandidateReader>(services).ReadAsync(query, cancellationToken)),
        Tool<QualityParameters, EventScope, QualityResult>(
            "get_data_quality",
            "Measures which share of the events of each service has its ids, how old the newest event is, and how many events of each day "
            + "were stored, repeated or dropped. Ask it before you trust a surprising figure.",
            static (fields, _) => fields.GetScope(),
            static (scope, _, services, cancellationToken) => Get<QualityReader>(services).ReadAsync(scope, cancellationToken)),
        Tool<RangeParameters, EventScope, IReadOnlyList<DayComparison>>(
            "get_day_comparisons",
            "Compares the counts of events as they arrived with those that are stored, for each closed day of the range.",
            static (fields, _) => fields.GetScope(),
            static (scope, _, services, cancellationToken) =>
                Get<DayComparisonReader>(services).ReadAsync(scope, cancellationToken)),
        Tool<MapParameters, EventScope, ServiceMap>(
            "get_service_map",
            "Returns which services call each other, databases, brokers and others: the number of calls, their rate per minute, the share "
            + "that failed, the 95th percentile of their durations, and a trace id. Where traces are sampled, counts are estimates.",
            static (fields, _) => fields.GetScope(),
            static (scope, _, services, cancellationToken) =>
                Get<MapReader>(services).ReadAsync(scope.From, scope.To, cancellationToken)),
    ];

    private static Func<JsonSerializerOptions, McpServerTool> Tool<TParameters, TQuery, TResult>(
        string name,
        string description,
        Func<QueryFields, IServiceProvider, TQuery> read,
        Func<TQuery, QueryFields, IServiceProvider, CancellationToken, Task<TResult>> answer) => json => McpServerTool.Create(
            new EndpointFunction<TParameters, TQuery, TResult>(name, description, read, answer, json),
            new McpServerToolCreateOptions
            {
                ReadOnly = true,
                Idempotent = true,
                Destructive = false,
                OpenWorld = false,
                UseStructuredContent = true,
            });

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();

    private static FunnelOptions GetFunnelOptions(IServiceProvider services) => Get<IOptions<FunnelOptions>>(services).Value;
}
