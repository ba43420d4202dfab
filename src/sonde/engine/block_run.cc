#include "sonde/engine/block_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "sonde/kernels/elementwise.h"
#include "sonde/kernels/heads.h"
#include "sonde/kernels/mean_row.h"
#include "sonde/kernels/normalize.h"
#include "sonde/kernels/rotary.h"

namespace sonde::engine {
namespace {

const graph::Attend* attention_of(const graph::Graph& graph, const graph::Segment& segment) {
  return std::get_if<graph::Attend>(&graph.nodes[segment.nodes.front()].operation);
}

bool is_output(const graph::Schedule& schedule, graph::ValueId value) {
  return std::find(schedule.outputs.begin(), schedule.outputs.end(), value) != schedule.outputs.end();
}

}  // namespace

Workspace::Workspace(const graph::Graph& graph, const graph::Schedule& schedule, std::int64_t most_rows,
                     std::int64_t longest)
    : rows((most_rows + kTileRows - 1) / kTileRows * kTileRows),
      block(schedule.block_floats * rows),
      tile(schedule.tile_floats * kTileRows) {
  // An attention that reads by distance has tables among the schedule's nodes.
  if (!schedule.tables.empty()) distances = std::make_unique<kernels::DistanceScratch>(longest);
  for (const graph::Segment& segment : schedule.segments) {
    const graph::Attend* attend = attention_of(graph, segment);
    if (attend == nullptr) continue;
    // The layers of one model share a shape but for the scale, which scratch memory does not depend on.
    if (!attention) attention = std::make_unique<kernels::AttentionScratch>(attend->shape, longest);
    if (is_output(schedule, attend->weights) && pairs.size() == 0) {
      pairs = kernels::AlignedFloats(attend->shape.heads * longest * longest);
    }
  }
}

BlockRun::BlockRun(const RunInputs& inputs, std::span<const PlacedText> texts, Workspace& workspace)
    : in_(inputs), memory_(workspace), layout_(workspace.layout) {
  layout_.lay(in_.tokens, texts);
  short_tail_ = in_.tail && 4 * layout_.needed_rows() <= 3 * layout_.rows();
}

void BlockRun::run() {
  for (std::size_t s = 0; s < in_.schedule.segments.size(); ++s) {
    const graph::Segment& segment = in_.schedule.segments[s];
    if (segment.kind == graph::Segment::Kind::rows) {
      run_rows(segment);
      continue;
    }
    at_tail_ = short_tail_ && s == in_.tail->attention;
    run_attention(segment.nodes.front());
    if (at_tail_) leave_out_unneeded_rows();
  }
}

void BlockRun::run_rows(const graph::Segment& segment) {
  const std::int64_t total = segment.space == graph::RowSpace::token
                                 ? layout_.rows()
                                 : static_cast<std::int64_t>(layout_.texts().size());
  for (std::int64_t first = 0; first < total; first += kTileRows) {
    const Rows rows{first, std::min(kTileRows, total - first)};
    for (const graph::NodeIndex node : segment.nodes) {
      run_node(node, rows);
      emit(in_.graph.nodes[node].output, rows);
    }
  }
}

void BlockRun::leave_out_unneeded_rows() {
  layout_.keep_needed();
  const std::span<const std::int64_t> kept = layout_.kept();
  for (const graph::ValueId value : in_.tail->carried) {
    const MutableMatrixView all = view(value, {0, memory_.rows});
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::span<const float> row = all.row(kept[i]);
      std::copy(row.begin(), row.end(), all.row(static_cast<std::int64_t>(i)).begin());
    }
  }
}

MutableMatrixView BlockRun::view(graph::ValueId value, Rows rows) {
  const graph::Place& place = in_.schedule.places[value];
  const bool block = place.storage == graph::Place::Storage::block;
  float* buffer = block ? memory_.block.data() + place.offset * memory_.rows
                        : memory_.tile.data() + place.offset * kTileRows;
  const std::int64_t first = block ? rows.first : 0;
  return {buffer + first * place.stride + place.column, rows.count, in_.graph.value(value).width,
          place.stride};
}

std::span<const float> BlockRun::parameter(const graph::Node& node, std::size_t i) const {
  return in_.weights.floats(node.parameters[i]);
}

void BlockRun::run_node(graph::NodeIndex index, Rows rows) {
  const graph::Node& node = in_.graph.nodes[index];
  const auto input = [&](std::size_t i) -> MatrixView { return view(node.inputs[i], rows); };
  const MutableMatrixView y = view(node.output, rows);
  std::visit(
      [&](const auto& operation) {
        using Kind = std::decay_t<decltype(operation)>;
        if constexpr (std::is_same_v<Kind, graph::Embedding>) {
          look_up(node, operation, rows);
        } else if constexpr (std::is_same_v<Kind, graph::Linear>) {
          in_.weights.packed(index).multiply(input(0), y);
        } else if constexpr (std::is_same_v<Kind, graph::Normalize>) {
          const std::span<const float> scale = parameter(node, 0);
          if (operation.kind == graph::Normalize::Kind::rms)
            return kernels::rms_norm(input(0), {scale, operation.eps, operation.offset}, y);
          const float* shift = node.parameters.size() > 1 ? parameter(node, 1).data() : nullptr;
          kernels::layer_norm(input(0), scale.data(), shift, operation.eps, y);
        } else if constexpr (std::is_same_v<Kind, graph::Activate>) {
          kernels::activate(operation.function, input(0), y);
        } else if constexpr (std::is_same_v<Kind, graph::SoftCap>) {
          kernels::soft_cap(input(0), operation.cap, y);
        } else if constexpr (std::is_same_v<Kind, graph::Add>) {
          kernels::add(input(0), input(1), y);
        } else if constexpr (std::is_same_v<Kind, graph::Multiply>) {
          kernels::multiply(input(0), input(1), y);
        } else if constexpr (std::is_same_v<Kind, graph::Rotate>) {
          rotate(node, operation, rows);
        } else if constexpr (std::is_same_v<Kind, graph::TakeHeads>) {
          kernels::take_heads(input(0), operation.part, y);
        } else if constexpr (std::is_same_v<Kind, graph::Unfold>) {
          unfold(node, operation.taps, rows);
        } else if constexpr (std::is_same_v<Kind, graph::FirstRow>) {
          take_first_rows(node, rows);
        } else if constexpr (std::is_same_v<Kind, graph::MeanRow>) {
          average_rows(node, rows);
        } else {
          SONDE_ASSERT(!"attentions and tables are no operations on rows of tokens");
        }
      },
      node.operation);
}

std::int64_t BlockRun::tokens_around(std::int64_t row) const {
  return in_.tokens.tokens_of(layout_.texts()[layout_.text_of_row(row)].text);
}

std::int64_t BlockRun::table_row(const graph::Embedding& embedding, std::int64_t row) const {
  using Pads = graph::Embedding::Pads;
  if (embedding.index == graph::Embedding::Index::zero) return 0;
  const std::int64_t text = layout_.texts()[layout_.text_of_row(row)].text;
  const std::int64_t token = layout_.token_of_row()[row];
  if (embedding.index == graph::Embedding::Index::token)
    return in_.tokens.ids[in_.tokens.offsets[text] + token];
  const bool skipped = embedding.pads == Pads::skipped ||
                       (embedding.pads == Pads::skipped_unseen && in_.tokens.has_unseen_pads());
  if (!skipped) return embedding.first + token;
  const TokenRange real = in_.tokens.real_of(text);
  return embedding.first + (token < real.first || token >= real.end ? -1 : token - real.first);
}

void BlockRun::look_up(const graph::Node& node, const graph::Embedding& embedding, Rows rows) {
  const graph::ParameterRecord& record = in_.graph.parameter(node.parameters[0]);
  const MutableMatrixView y = view(node.output, rows);
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const std::int64_t index = table_row(embedding, rows.first + i);
    const std::span<float> entry = y.row(i);
    in_.weights.read_row(node.parameters[0], index, entry);
    float difference = 0.0f;  // x − x is 0 unless x is NaN or infinite
    for (const float x : entry) difference += x - x;
    if (difference != 0.0f) {
      throw Error(ErrorCode::input, {.where = record.name,
                                     .what = fmt::format("row {} holds NaN or infinite weights", index),
                                     .hint = "the checkpoint is damaged; fetch it again"});
    }
    std::ranges::transform(entry, y.row(i).begin(), [&](float x) { return x * embedding.scale; });
  }
}

void BlockRun::rotate(const graph::Node& node, const graph::Rotate& rotation, Rows rows) {
  const MatrixView x = view(node.inputs[0], rows);
  const MutableMatrixView y = view(node.output, rows);
  const auto turn = [&](std::int64_t first, std::int64_t count, std::span<const float> frequencies) {
    kernels::rotate({x.data + first * x.stride, count, x.cols, x.stride},
                    layout_.token_of_row().subspan(rows.first + first, count),
                    {frequencies, rotation.head_width, rotation.scale},
                    {y.data + first * y.stride, count, y.cols, y.stride});
  };
  if (rotation.long_frequencies.empty()) return turn(0, rows.count, rotation.frequencies);
  for (std::int64_t i = 0; i < rows.count;) {
    const std::int64_t row = rows.first + i, length = tokens_around(row);
    const std::int64_t count = std::min(rows.count - i, length - layout_.token_of_row()[row]);
    turn(i, count, length > rotation.short_tokens ? rotation.long_frequencies : rotation.frequencies);
    i += count;
  }
}

void BlockRun::unfold(const graph::Node& node, std::int64_t taps, Rows rows) {
  const MutableMatrixView y = view(node.output, rows);
  const std::int64_t width = in_.graph.value(node.inputs[0]).width;
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const std::int64_t row = rows.first + i, position = layout_.token_of_row()[row];
    const std::int64_t length = tokens_around(row);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const std::int64_t step = tap - taps / 2;
      const std::span<float> target = y.row(i).subspan(tap * width, width);
      if (position + step < 0 || position + step >= length) {
        std::ranges::fill(target, 0.0f);
      } else {
        const MatrixView neighbour = view(node.inputs[0], {row + step, 1});
        std::ranges::copy(neighbour.row(0), target.begin());
      }
    }
  }
}

MatrixView BlockRun::text_rows(graph::ValueId value, std::int64_t text) {
  const LaidText& laid = layout_.texts()[text];
  return view(value, {laid.first_row, laid.rows});
}

void BlockRun::take_first_rows(const graph::Node& node, Rows rows) {
  const MutableMatrixView y = view(node.output, rows);
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const std::span<const float> first = text_rows(node.inputs[0], rows.first + i).row(0);
    std::copy(first.begin(), first.end(), y.row(i).begin());
  }
}

void BlockRun::average_rows(const graph::Node& node, Rows rows) {
  const MutableMatrixView y = view(node.output, rows);
  for (std::int64_t i = 0; i < rows.count; ++i)
    kernels::mean_row(text_rows(node.inputs[0], rows.first + i), y.row(i));
}

void BlockRun::run_attention(graph::NodeIndex index) {
  const graph::Node& node = in_.graph.nodes[index];
  const AttentionTables& tables = in_.weights.tables(index);
  const kernels::DistanceTerms terms{tables.keys.get(), tables.queries.get(), memory_.distances.get()};
  const auto* distances = terms.keys || terms.queries ? &terms : nullptr;
  const auto texts = static_cast<std::int64_t>(layout_.texts().size());
  for (std::int64_t text = 0; text < texts; ++text) {
    const LaidText& laid = layout_.texts()[text];
    const std::int64_t end = laid.first_row + laid.rows;
    if (!at_tail_ || distances != nullptr) {
      attend(node, text, {laid.first_row, laid.rows}, distances);
      continue;
    }
    for (std::int64_t row = laid.first_row; row < end;) {
      std::int64_t next = row;
      while (next < end && layout_.needed(next)) ++next;
      if (next > row) attend(node, text, {row, next - row}, nullptr);
      row = std::max(next, row + 1);
    }
  }
  for (std::int64_t first = 0; first < layout_.rows(); first += kTileRows)
    emit(node.output, {first, std::min(kTileRows, layout_.rows() - first)});
}

void BlockRun::attend(const graph::Node& node, std::int64_t text, Rows queries,
                      const kernels::DistanceTerms* distances) {
  const auto& attention = std::get<graph::Attend>(node.operation);
  const LaidText& laid = layout_.texts()[text];
  const bool keep_weights = is_output(in_.schedule, attention.weights);
  const Rows all{0, layout_.rows()};
  kernels::attend(attention.shape,
                  {.query = view(node.inputs[0], queries),
                   .key = view(node.inputs[1], all),
                   .value = view(node.inputs[2], all),
                   .context = view(node.output, queries),
                   .weights = keep_weights ? memory_.pairs.data() : nullptr,
                   .distances = distances,
                   .key_rows = layout_.keys(text),
                   .first_query = laid.first_token + queries.first - laid.first_row - laid.first_key},
                  *memory_.attention);
  if (!keep_weights) return;
  for (std::size_t i = 0; i < in_.schedule.outputs.size(); ++i) {
    if (in_.schedule.outputs[i] != attention.weights) continue;
    in_.sinks[i]->receive({laid.text,
                           0,
                           laid.rows,
                           {memory_.pairs.data(), attention.shape.heads * laid.rows, laid.rows, laid.rows}});
  }
}

void BlockRun::emit(graph::ValueId made, Rows rows) {
  for (std::size_t i = 0; i < in_.schedule.outputs.size(); ++i) {
    const graph::ValueId value = in_.schedule.outputs[i];
    if (in_.graph.storage_of(value) == made) emit_to(*in_.sinks[i], value, rows);
  }
}

// rows: those of one tile
void BlockRun::emit_to(Sink& sink, graph::ValueId value, Rows rows) {
  const MatrixView all = view(value, rows);
  if (in_.graph.value(value).rows == graph::RowSpace::sequence) {
    for (std::int64_t i = 0; i < rows.count; ++i) {
      const std::int64_t text = layout_.texts()[rows.first + i].text;
      sink.receive({text, 0, in_.tokens.tokens_of(text), {all.row(i).data(), 1, all.cols, all.stride}});
    }
    return;
  }
  for (const DeliveredRows& some : layout_.delivered(rows.first / kTileRows)) {
    sink.receive({some.text,
                  some.first_token,
                  in_.tokens.tokens_of(some.text),
                  {all.row(some.first_row - rows.first).data(), some.count, all.cols, all.stride}});
  }
}

}  // namespace sonde::engine
