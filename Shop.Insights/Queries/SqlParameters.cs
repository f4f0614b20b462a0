using System.Globalization;
using Npgsql;
using Shop.Insights.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Insights.Queries;

/// <summary>The parameters of an SQL statement that is put together from parts. All values are parameters.</summary>
internal sealed class SqlParameters
{
    private static readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal)
    {
        [JourneyKeys.UserSegment] = "segment",
        [JourneyKeys.Experiment] = "experiment",
        [JourneyKeys.ExperimentGroup] = "variant",
        [JourneyKeys.PageFrom] = "page_from",
        [EventAttributes.PagePath] = "page_path",
        [EventAttributes.Sku] = "sku",
        [EventAttributes.OrderId] = "order_id",
        [EventAttributes.Source] = "source",
        [EventAttributes.Device] = "device",
        ["service.name"] = "service",
    };

    /// <summary>Gets the values of the parameters.</summary>
    public List<object> Values { get; } = [];

    /// <summary>Adds a value and returns its place in the statement.</summary>
    public string Add(object value)
    {
        Values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"${Values.Count}");
    }

    /// <summary>Returns the expression of a property of events: its column, or its member of the JSON.</summary>
    public string GetProperty(string name) => _columns.TryGetValue(name, out var column) ? column : $"properties ->> {Add(name)}";

    /// <summary>Creates the command.</summary>
    public NpgsqlCommand CreateCommand(NpgsqlConnection connection, string sql)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)QueryTimeout.Value.TotalSeconds };
        command.Parameters.AddRange(Values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        return command;
    }
}
