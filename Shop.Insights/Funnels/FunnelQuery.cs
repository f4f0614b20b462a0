using System.Globalization;
using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>A query of a funnel.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Window">The time from the first to the last step at most.</param>
/// <param name="Order">In which order the steps are counted.</param>
/// <param name="Scope">The range of time in which the first step is, and whose events are counted.</param>
/// <param name="Breakdown">The property by which the result is divided; null for none.</param>
internal sealed record FunnelQuery(
    IReadOnlyList<FunnelStep> Steps, TimeSpan Window, StepOrder Order, EventScope Scope, EventDimension? Breakdown)
{
    /// <summary>Returns the name of a row of the result. In any order, its units have reached any steps of this number.</summary>
    /// <param name="step">The number of the step, from 1 on.</param>
    public string GetLabel(int step) => (Order, step) switch
    {
        (StepOrder.Any, 2) => "1 other step",
        (StepOrder.Any, > 2) => string.Create(CultureInfo.InvariantCulture, $"{step - 1} other steps"),
        _ => Steps[step - 1].Label,
    };

    /// <summary>Returns the event and the properties of a row of the result; empty if they are not the same for all of its units.</summary>
    /// <param name="step">The number of the step, from 1 on.</param>
    public string GetDefinition(int step) => Order is StepOrder.Any && step > 1 ? "" : Steps[step - 1].ToString();
}

/// <summary>In which order the steps of a funnel are counted.</summary>
internal enum StepOrder
{
    /// <summary>One after the other. Other events may be between them.</summary>
    Ordered,

    /// <summary>One after the other, and no event of another step between them.</summary>
    Strict,

    /// <summary>The first step first, and then the others in any order.</summary>
    Any,
}
